//! The wildcards of policies: `*` for any text, `?` for any one character.

/// What an action or a resource is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern as the policy writes it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it covers the whole text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches(self.0.as_bytes(), text.as_bytes(), |a, b| a == b)
    }

    /// The same for names of actions, whose case does not matter.
    #[must_use]
    pub fn matches_action(&self, action: &str) -> bool {
        matches(self.0.as_bytes(), action.as_bytes(), |a, b| a.eq_ignore_ascii_case(&b))
    }
}

/// Goes back to the last `*` whenever the rest does not fit: no more than pattern times text steps.
fn matches(pattern: &[u8], text: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                last_star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || same(wanted, text[read]) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star, covered)) = last_star else { return false };
                last_star = Some((star, covered + 1));
                at = star + 1;
                read = covered + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn wildcards_cover_what_they_do_in_policies() {
        for (pattern, text, covered) in [
            ("arn:aws:s3:::images/sessions/*", "arn:aws:s3:::images/sessions/7/a.jpg", true),
            ("arn:aws:s3:::images/sessions/*", "arn:aws:s3:::images/sessions", false),
            ("arn:aws:s3:::images", "arn:aws:s3:::images/sessions/7", false),
            (
                "*/POST/@connections/*",
                "arn:aws:execute-api:r:1:a/default/POST/@connections/x=",
                true,
            ),
            (
                "*/POST/@connections/*",
                "arn:aws:execute-api:r:1:a/default/DELETE/@connections/x=",
                false,
            ),
            ("chat-??", "chat-ab", true),
            ("chat-??", "chat-a", false),
            ("*a*b", "xxaxxbxb", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), covered, "{pattern} {text}");
        }
    }

    #[test]
    fn the_case_of_an_action_does_not_matter_and_that_of_a_resource_does() {
        assert!(Pattern::new("s3:get*").matches_action("s3:GetObject"));
        assert!(!Pattern::new("arn:aws:s3:::Images").matches("arn:aws:s3:::images"));
    }
}
