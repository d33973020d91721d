//! New people: rows of Jarvis, and tokens.

use crate::{Person, Role, Stack, new_id};
use mysql_async::{Conn, prelude::Queryable as _};
use uuid::Uuid;

impl Stack {
    /// A customer whom nobody else knows.
    pub async fn customer(&self) -> Person {
        self.add(Role::Customer).await
    }

    /// A dentist whom nobody else knows.
    pub async fn dentist(&self) -> Person {
        self.add(Role::Dentist).await
    }

    /// A customer and a dentist.
    pub async fn pair(&self) -> (Person, Person) {
        (self.customer().await, self.dentist().await)
    }

    /// A customer, a dentist, and their session.
    pub async fn conversation(&self) -> (Person, Person, i64) {
        let (customer, dentist) = self.pair().await;
        let session = customer.create_session(&dentist).await.id(201);
        (customer, dentist, session)
    }

    /// Someone with a token of whom Jarvis knows nothing.
    pub async fn unknown(&self, role: Role) -> Person {
        let (id, subject) = (random_id(), new_id());
        let email = format!("{}-{subject}@example.test", role.as_str());
        let name = format!("The {} {id}", role.as_str());
        let token = String::new();
        let person = Person { role, id, subject, email, name, token, stack: self.clone() };
        let token = self.token(&person.token_request()).await;
        person.with_token(token)
    }

    async fn add(&self, role: Role) -> Person {
        let person = self.unknown(role).await;
        self.enter(&person).await;
        person
    }

    /// Enters someone into Jarvis.
    pub async fn enter(&self, person: &Person) {
        let Person { role, id, email, name, subject, .. } = person;
        let mut jarvis = self.jarvis().await;
        let entered = match role {
            Role::Customer => {
                let sql = "INSERT INTO assignment_customer (id, email, name, cognito_sub) VALUES (?, ?, ?, ?)";
                jarvis.exec_drop(sql, (id, email, name, subject)).await
            }
            Role::Dentist => {
                let sql = "INSERT INTO dentist_dentist (id, email, name) VALUES (?, ?, ?)";
                jarvis.exec_drop(sql, (id, email, name)).await
            }
        };
        entered.expect("an administrator may add people");
        jarvis.disconnect().await.expect("a connection can be closed");
    }

    /// Jarvis, as an account that may add people.
    pub async fn jarvis(&self) -> Conn {
        let options = self.authority().mysql(&self.endpoints().jarvis_admin_url);
        Conn::new(options.expect("a MySQL URL")).await.expect("Jarvis is running")
    }
}

/// Like no other in either table, and an INT.
fn random_id() -> i64 {
    let [a, b, c, d, ..] = *Uuid::new_v4().as_bytes();
    1_000_000 + i64::from(u32::from_be_bytes([a, b, c, d]) >> 2)
}
