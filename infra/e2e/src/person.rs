//! Someone who uses the service.

use crate::{Reply, Stack};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// The two sides of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Someone of Jarvis's `assignment_customer`.
    Customer,
    /// Someone of Jarvis's `dentist_dentist`.
    Dentist,
}

impl Role {
    /// As in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Dentist => "dentist",
        }
    }
}

/// Someone with a token.
#[derive(Clone, Debug)]
pub struct Person {
    /// Which side.
    pub role: Role,
    /// The id in Jarvis.
    pub id: i64,
    /// Cognito's `sub`.
    pub subject: String,
    /// The e-mail address, in Jarvis and in the token.
    pub email: String,
    /// The name in Jarvis.
    pub name: String,
    /// The ID token, good for an hour.
    pub token: String,
    /// The stack that the person uses.
    pub stack: Stack,
}

impl Person {
    /// What the identity provider is asked for, to make this person's token; may be changed at will.
    #[must_use]
    pub fn token_request(&self) -> Value {
        let groups = if self.role == Role::Dentist { json!(["dentists"]) } else { json!([]) };
        json!({"sub": self.subject, "email": self.email, "groups": groups})
    }

    /// The same person with another token.
    #[must_use]
    pub fn with_token(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }

    /// A request of this person.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, reqwest::Error> {
        self.stack.try_call(Some(&self.token), method, path, body).await
    }

    /// [`Self::try_call`], where the gateway must answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.try_call(method, path, body).await.expect("the gateway answers")
    }
}
