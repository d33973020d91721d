//! Who is online.

use crate::identity::Role;

/// The open connections of both participants.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// The customer's.
    pub customer: Vec<String>,
    /// The dentist's.
    pub dentist: Vec<String>,
}

impl Audience {
    /// Whether nobody is online.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty() && self.dentist.is_empty()
    }

    /// One side's connections.
    #[must_use]
    pub fn side(&self, role: Role) -> &[String] {
        match role {
            Role::Customer => &self.customer,
            Role::Dentist => &self.dentist,
        }
    }

    /// The connections of both sides.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.customer.iter().chain(&self.dentist)
    }
}
