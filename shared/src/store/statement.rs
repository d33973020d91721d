//! Statements: a name, the SQL of that name's file, the types of its parameters.

use tokio_postgres::types::Type;

/// A named SQL statement and the types of its parameters.
#[derive(Debug)]
pub struct Statement {
    /// As in its file's first line.
    pub name: &'static str,
    /// What to run.
    pub(super) sql: &'static str,
    /// What its parameters are.
    pub(super) types: &'static [Type],
    /// Whether it is rare enough to be parsed each time: then no cold start prepares it.
    pub(super) is_rare: bool,
}

impl Statement {
    /// What to run.
    pub(super) fn sql(&self) -> &'static str {
        #[cfg(feature = "mutants")]
        if let Some(mutant) = super::mutant::of(self.name) {
            return mutant;
        }
        self.sql
    }
}

/// Defines the [`Statement`] in `store/<name>.sql`: `statement!(GET = "sessions/get" (INT8, TEXT));`, with
/// `rare` before its name where no cold start need prepare it.
macro_rules! statement {
    (rare $static:ident = $name:literal ($($type:ident),*)) => {
        statement!($static, $name, [$($type),*], true);
    };
    ($static:ident = $name:literal ($($type:ident),*)) => {
        statement!($static, $name, [$($type),*], false);
    };
    ($static:ident, $name:literal, [$($type:ident),*], $is_rare:literal) => {
        #[doc = concat!("The statement `", $name, "`.")]
        pub static $static: $crate::store::Statement = $crate::store::Statement {
            name: $name,
            sql: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/", $name, ".sql")),
            types: &[$(tokio_postgres::types::Type::$type),*],
            is_rare: $is_rare,
        };
    };
}

pub(super) use statement;
