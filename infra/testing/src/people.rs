//! People: rows of Jarvis, gone after the test.

use chat::identity::Role;
use chat_endpoints::Endpoints;
use mysql_async::{Conn, Opts, Params, prelude::Queryable as _};
use serde_json::{Value, json};
use std::cell::RefCell;
use uuid::Uuid;

/// Someone with a token.
#[derive(Clone, Debug)]
pub struct Person {
    /// Which side.
    pub role: Role,
    /// The id in Jarvis.
    pub id: i64,
    /// Cognito's `sub`.
    pub subject: String,
    /// The e-mail address in the token, verified.
    pub email: String,
    /// The name in Jarvis.
    pub name: String,
}

impl Person {
    /// Someone of whom Jarvis knows nothing.
    #[must_use]
    pub fn unknown(role: Role) -> Self {
        Self::with_id(role, random_id())
    }

    fn with_id(role: Role, id: i64) -> Self {
        let (subject, role_name) = (Uuid::new_v4().to_string(), role.as_str());
        let email = format!("{role_name}-{subject}@example.test");
        Self { role, id, email, name: format!("The {role_name} {id}"), subject }
    }

    /// The claims of this person's ID token, as API Gateway hands them on.
    #[must_use]
    pub fn claims(&self) -> Value {
        let mut claims = json!({
            "aud": "chat-local", "auth_time": "1773340000", "cognito:username": self.subject,
            "email": self.email, "email_verified": "true", "exp": "4102444800",
            "iat": "1773340000", "iss": "https://identity.example.test", "sub": self.subject,
            "token_use": "id",
        });
        if self.role == Role::Dentist {
            claims["cognito:groups"] = json!("[staff dentists]");
        }
        claims
    }

    /// What the identity provider is asked for, to make this person's token.
    #[must_use]
    pub fn token_request(&self) -> Value {
        let groups = if self.role == Role::Dentist { json!(["dentists"]) } else { json!([]) };
        json!({"sub": self.subject, "email": self.email, "groups": groups})
    }
}

/// Jarvis, as someone who may add people.
pub struct People {
    options: Opts,
    added: RefCell<Vec<(Role, i64)>>,
}

impl People {
    pub(crate) fn new(endpoints: &Endpoints) -> Self {
        let authority = endpoints.authority().expect("the stack has a certificate authority");
        let options = authority.mysql(&endpoints.jarvis_admin_url).expect("a MySQL URL");
        Self { options, added: RefCell::default() }
    }

    /// Adds a person.
    pub async fn add(&self, person: Person) -> Person {
        let Person { id, email, name, subject, .. } = &person;
        match person.role {
            Role::Customer => {
                let sql = "INSERT INTO assignment_customer (id, email, name, cognito_sub) VALUES (?, ?, ?, ?)";
                self.execute(sql, (id, email, name, subject)).await;
            }
            Role::Dentist => {
                let sql = "INSERT INTO dentist_dentist (id, email, name) VALUES (?, ?, ?)";
                self.execute(sql, (id, email, name)).await;
            }
        }
        self.added.borrow_mut().push((person.role, person.id));
        person
    }

    /// Adds a customer.
    pub async fn customer(&self) -> Person {
        self.add(Person::unknown(Role::Customer)).await
    }

    /// Adds a dentist.
    pub async fn dentist(&self) -> Person {
        self.add(Person::unknown(Role::Dentist)).await
    }

    /// Adds someone of the other side who happens to have the same id: Jarvis numbers each table by
    /// itself.
    pub async fn namesake(&self, person: &Person) -> Person {
        let role = match person.role {
            Role::Customer => Role::Dentist,
            Role::Dentist => Role::Customer,
        };
        self.add(Person::with_id(role, person.id)).await
    }

    /// Removes someone.
    pub async fn remove(&self, role: Role, id: i64) {
        let table = match role {
            Role::Customer => "assignment_customer",
            Role::Dentist => "dentist_dentist",
        };
        self.execute(&format!("DELETE FROM {table} WHERE id = ?"), (id,)).await;
    }

    pub(crate) async fn remove_all(&self) {
        for (role, id) in self.added.take() {
            self.remove(role, id).await;
        }
    }

    async fn execute(&self, sql: &str, parameters: impl Into<Params> + Send) {
        let mut connection = Conn::new(self.options.clone()).await.expect("Jarvis is running");
        connection.exec_drop(sql, parameters.into()).await.expect("an administrator may do this");
        connection.disconnect().await.expect("a connection can be closed");
    }
}

/// Like no other in either table, and an INT.
fn random_id() -> i64 {
    let [a, b, c, d, ..] = *Uuid::new_v4().as_bytes();
    1_000_000 + i64::from(u32::from_be_bytes([a, b, c, d]) >> 2)
}
