//! Names and callers, under any mix of character sets and collations.

use crate::jarvis::{Jarvis, column, with_jarvis};
use chat::identity::Role;
use chat_testing::{Chat, Environment, Person, new_id};

/// A collation, and what its character set can hold: a letter of a name, and none of an address.
const COLLATIONS: [(&str, &str, Option<&str>); 20] = [
    ("utf8mb4_general_ci", "\u{1f9b7}", None),
    ("utf8mb4_unicode_ci", "\u{1f9b7}", None),
    ("utf8mb4_bin", "\u{1f9b7}", None),
    ("utf8mb4_turkish_ci", "\u{130}", None),
    ("utf8mb4_uca1400_as_cs", "\u{1f9b7}", None),
    ("utf8mb3_general_ci", "\u{674e}", Some("\u{1f9b7}")),
    ("utf8mb3_unicode_ci", "\u{674e}", Some("\u{1f9b7}")),
    ("utf8mb3_bin", "\u{674e}", Some("\u{1f9b7}")),
    ("latin1_swedish_ci", "\u{e9}", Some("\u{434}")),
    ("latin1_general_ci", "\u{e9}", Some("\u{434}")),
    ("latin1_general_cs", "\u{e9}", Some("\u{434}")),
    ("latin1_bin", "\u{e9}", Some("\u{434}")),
    ("ascii_general_ci", "e", Some("\u{e9}")),
    ("ascii_bin", "e", Some("\u{e9}")),
    ("binary", "\u{674e}", None),
    ("utf16_general_ci", "\u{1f9b7}", None),
    ("ucs2_bin", "\u{674e}", Some("\u{1f9b7}")),
    ("cp1251_general_ci", "\u{434}", Some("\u{e9}")),
    ("koi8r_bin", "\u{434}", Some("\u{e9}")),
    ("sjis_bin", "\u{674e}", Some("\u{e9}")),
];

/// A customer and a dentist whose names and whose dentist's address have these letters.
async fn people(jarvis: &Jarvis, letters: [&str; 3]) -> (Person, Person) {
    let [name, other_name, in_email] = letters;
    let mut customer = Person::unknown(Role::Customer);
    customer.name = format!("Clara {name}");
    let mut dentist = Person::unknown(Role::Dentist);
    dentist.name = format!("Doctor {other_name}");
    dentist.email = format!("Mixed.{in_email}.{}@Example.test", new_id());
    for person in [&customer, &dentist] {
        jarvis.add(person).await;
    }
    (customer, dentist)
}

async fn check_people(
    chat: &Chat,
    jarvis: &Jarvis,
    letters: [&str; 3],
    about: &str,
) -> Environment {
    let environment = chat.environment_with(&[("JARVIS_URL", jarvis.url().as_str())]);
    let (customer, dentist) = people(jarvis, letters).await;
    let session = environment.session(&customer, &dentist).await;
    let seen = environment.get(&customer, session).await;
    assert_eq!(seen.expect(200)["customer"]["name"], customer.name, "{about}");
    assert_eq!(seen.body["dentist"]["name"], dentist.name, "{about}");
    let cases = [str::to_owned, str::to_lowercase, str::to_uppercase];
    for email in cases.map(|case| case(&dentist.email)) {
        let mut dentist = dentist.clone();
        (dentist.email, dentist.subject) = (email, new_id());
        let seen = environment.get(&dentist, session).await;
        assert_eq!(seen.status, 200, "{about}: {}: {}", dentist.email, seen.text);
    }
    let mut other = customer.clone();
    other.subject = customer.subject.to_uppercase();
    environment.inbox(&other, &[]).await.assert_problem("unknown_user");

    let mut twin = Person::unknown(Role::Dentist);
    twin.email = dentist.email.to_ascii_lowercase();
    jarvis.add(&twin).await;
    dentist_is(&environment, &dentist, "ambiguous_user").await;
    environment
}

/// Asks with a subject that nobody remembers.
async fn dentist_is(environment: &Environment, dentist: &Person, problem: &str) {
    let mut dentist = dentist.clone();
    dentist.subject = new_id();
    environment.inbox(&dentist, &[]).await.assert_problem(problem);
}

#[test]
fn people_are_found_under_any_collation() {
    with_jarvis(async |chat, jarvis| {
        for (collation, letter, missing) in COLLATIONS {
            let column = column(collation);
            jarvis.make_tables([&column; 4]).await;
            // Letters whose case the server cannot tell in a column of bytes stay as they are there.
            let in_email = if matches!(collation, "utf8mb4_turkish_ci") { "i" } else { letter };
            let letters = [letter, letter, in_email];
            let environment = check_people(chat, jarvis, letters, collation).await;
            if let Some(text) = missing {
                let mut nobody = Person::unknown(Role::Dentist);
                nobody.email = format!("{text}@example.test");
                environment.inbox(&nobody, &[]).await.assert_problem("unknown_user");
                let mut nobody = Person::unknown(Role::Customer);
                nobody.subject = format!("{text}-{}", new_id());
                environment.inbox(&nobody, &[]).await.assert_problem("unknown_user");
            }
        }
    });
}

#[test]
fn each_table_and_column_may_have_a_collation_of_its_own() {
    with_jarvis(async |chat, jarvis| {
        let count = COLLATIONS.len();
        for first in 0..count {
            let nth = |distance: usize| COLLATIONS[(first + distance) % count];
            for distances in [[0, 0, 1, 1], [0, 5, 11, 14]] {
                let columns = distances.map(|distance| column(nth(distance).0));
                jarvis.make_tables(columns.each_ref().map(String::as_str)).await;
                let [_, name, _, other_name] = distances.map(|distance| nth(distance).1);
                let about = columns.join(", ");
                check_people(chat, jarvis, [name, other_name, "x"], &about).await;
            }
        }
    });
}

#[test]
fn a_lookup_reads_a_few_rows_of_a_large_directory() {
    with_jarvis(async |chat, jarvis| {
        for (collation, _, _) in COLLATIONS {
            // Sorts its capitals first and its words after them: a part of the index must be read.
            if matches!(collation, "latin1_general_cs" | "utf8mb4_turkish_ci") {
                continue;
            }
            let column = column(collation);
            jarvis.make_tables([&column; 4]).await;
            jarvis.fill(20_000).await;
            let environment = chat.environment_with(&[("JARVIS_URL", jarvis.url().as_str())]);
            let before = (
                jarvis.rows_read("assignment_customer").await,
                jarvis.rows_read("dentist_dentist").await,
            );
            let mut known = Person::unknown(Role::Dentist);
            known.email = "Dentist777@example.test".to_owned();
            assert_eq!(environment.inbox(&known, &[]).await.status, 200, "{collation}");
            for role in [Role::Customer, Role::Dentist] {
                let nobody = Person::unknown(role);
                environment.inbox(&nobody, &[]).await.assert_problem("unknown_user");
            }
            let customers = jarvis.rows_read("assignment_customer").await - before.0;
            let dentists = jarvis.rows_read("dentist_dentist").await - before.1;
            assert!(customers < 5, "{collation}: {customers} customers were read");
            assert!(dentists < 50, "{collation}: {dentists} dentists were read");
        }
    });
}

#[test]
fn an_error_of_jarvis_is_no_answer_about_anybody() {
    with_jarvis(async |chat, jarvis| {
        let column = column("utf8mb4_general_ci");
        jarvis.make_tables([&column; 4]).await;
        let (customer, dentist) = people(jarvis, ["e"; 3]).await;
        let environment = chat.environment_with(&[("JARVIS_URL", jarvis.url().as_str())]);
        let session = environment.session(&customer, &dentist).await;
        let database = jarvis.url().path().trim_start_matches('/');
        jarvis.execute(&format!("DROP TABLE {database}.dentist_dentist")).await;
        dentist_is(&environment, &dentist, "directory_unavailable").await;
        let seen = environment.get(&customer, session).await;
        assert!(seen.expect(200)["dentist"]["name"].is_null());
    });
}
