//! Who has this subject, who has this e-mail address: by the column's index, whatever its character set
//! and collation are.
//!
//! | the e-mail column's collation | what is asked | what it costs |
//! |---|---|---|
//! | ignores case (`…_ci`) | what equals the address | one look into the index |
//! | by code (`…_bin`, `binary`) | spelling by spelling, for addresses in ASCII | a few looks |
//! | by code, other addresses | what lies between all upper and all lower case | that part of the index |
//! | tells cases apart otherwise (`…_cs`) | the same | that part of the index |
//!
//! "That part" is a few rows to all of them: a million rows take half a second to a second. Without an
//! index, each of these reads the table.
//!
//! Collations also hold texts for equal that are not the same, so what is found is compared again here.

use super::{
    connection::Connection,
    failure::Failure,
    spelling,
    sql::{literal, text},
};
use mysql_async::Row;

/// Stops a scan that nobody waits for any more; MySQL reads the one comment, MariaDB the other.
const SELECT_IN_TIME: &str = "/*M!100101 SET STATEMENT max_statement_time = 1.2 FOR */ \
                              SELECT /*+ MAX_EXECUTION_TIME(1200) */";

/// Whom a token's claims lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Exactly one person, with this id.
    Found(i64),
    /// Nobody.
    Unknown,
    /// More than one.
    Ambiguous,
}

/// The customer whose `cognito_sub` is exactly this.
pub(super) async fn customer(jarvis: &Connection, subject: &str) -> Result<Lookup, Failure> {
    let sql = format!(
        "SELECT id, {} FROM assignment_customer WHERE cognito_sub = {}",
        text("cognito_sub"),
        literal(subject)
    );
    let found = jarvis.query(&sql).await;
    unless_not_held(found.map(|rows| one(rows, |stored| stored == subject)), subject)
}

/// The dentist whose e-mail address is this in some letter case.
pub(super) async fn dentist(jarvis: &Connection, email: &str) -> Result<Lookup, Failure> {
    unless_not_held(dentist_in_any_case(jarvis, email).await, email)
}

/// An address that the column's character set cannot hold is nobody's. ASCII is in every one.
fn unless_not_held(found: Result<Lookup, Failure>, key: &str) -> Result<Lookup, Failure> {
    match found {
        Err(Failure::NotInCharacterSet(_)) if !key.is_ascii() => Ok(Lookup::Unknown),
        found => found,
    }
}

async fn dentist_in_any_case(jarvis: &Connection, email: &str) -> Result<Lookup, Failure> {
    let sql = "SELECT CAST(COLLATION(email) AS BINARY) FROM dentist_dentist LIMIT 1";
    let rows = jarvis.query(sql).await?;
    let Some(collation) = rows.into_iter().find_map(|mut row| row.take_opt::<String, _>(0)?.ok())
    else {
        return Ok(Lookup::Unknown);
    };
    let is_by_code = collation == "binary" || collation.ends_with("_bin");
    let spellings =
        if is_by_code && email.is_ascii() { spellings(jarvis, email).await? } else { None };
    let wanted = email.to_lowercase();
    let matches = |stored: &str| stored.to_lowercase() == wanted;
    Ok(match spellings {
        Some(spellings) => one(jarvis.query(&spelled(&spellings)).await?, matches),
        None => one(jarvis.scan(&between(email)).await?, matches),
    })
}

/// The spellings of an address that are stored, in an index sorted by code; none if it is not.
async fn spellings(jarvis: &Connection, email: &str) -> Result<Option<Vec<String>>, Failure> {
    let mut found = vec![email.to_owned(), email.to_ascii_lowercase()];
    let mut next = Some(spelling::first(email));
    while let Some(from) = next {
        let sql = format!(
            "SELECT {} FROM dentist_dentist WHERE email >= {} ORDER BY email LIMIT 1",
            text("email"),
            literal(&from)
        );
        let Some(mut row) = jarvis.query(&sql).await?.into_iter().next() else { break };
        // Neither text nor null: bytes of no known character set.
        let Some(Ok(stored)) = row.take_opt::<String, _>(0) else { return Ok(None) };
        next = spelling::after(&stored, email);
        if stored.eq_ignore_ascii_case(email) {
            found.push(stored);
        }
        if next.as_ref().is_some_and(|next| *next <= from) {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

fn spelled(spellings: &[String]) -> String {
    let literals: Vec<_> = spellings.iter().map(|spelling| literal(spelling)).collect();
    let (email, literals) = (text("email"), literals.join(","));
    format!("SELECT id, {email} FROM dentist_dentist WHERE email IN ({literals})")
}

/// Where a collation ignores case, both bounds are equal, and so is all that lies between.
fn between(email: &str) -> String {
    let (upper, lower) = spelling::bounds(email);
    let (upper, lower, email) = (literal(&upper), literal(&lower), literal(email));
    format!(
        "{SELECT_IN_TIME} id, {} FROM dentist_dentist \
         WHERE (email BETWEEN {upper} AND {lower} OR email BETWEEN {lower} AND {upper}) \
         AND CONVERT(email USING utf8mb4) COLLATE utf8mb4_general_ci = {email}",
        text("email")
    )
}

fn one(rows: Vec<Row>, matches: impl Fn(&str) -> bool) -> Lookup {
    let mut ids = rows.into_iter().filter_map(|row| {
        let (id, key): (i64, String) = mysql_async::from_row_opt(row).ok()?;
        matches(&key).then_some(id)
    });
    match (ids.next(), ids.next()) {
        (None, _) => Lookup::Unknown,
        (Some(id), None) => Lookup::Found(id),
        (Some(_), Some(_)) => Lookup::Ambiguous,
    }
}
