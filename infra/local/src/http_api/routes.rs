//! Which route a request takes.

use percent_encoding::percent_decode_str;

use crate::template::HttpRoute;

/// The routes of the API, the most specific first.
#[derive(Debug)]
pub(super) struct Routes {
    routes: Vec<HttpRoute>,
}

/// A route, and what the request says for its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match<'a> {
    pub(super) route: &'a HttpRoute,
    pub(super) parameters: Vec<(&'a str, String)>,
}

impl Routes {
    pub(super) fn new(mut routes: Vec<HttpRoute>) -> Self {
        // A literal segment goes before a parameter at the same place.
        routes.sort_by_key(|route| {
            segments(&route.path).map(|segment| name_of(segment).is_some()).collect::<Vec<_>>()
        });
        Self { routes }
    }

    /// The route for a request. Like API Gateway, it knows no "method not allowed".
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        self.routes.iter().filter(|route| route.method == method).find_map(|route| {
            let parameters = parameters(&route.path, path)?;
            Some(Match { route, parameters })
        })
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

/// The name in `{name}`.
fn name_of(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn parameters<'a>(pattern: &'a str, path: &str) -> Option<Vec<(&'a str, String)>> {
    let mut actual = segments(path);
    let mut parameters = Vec::new();
    for expected in segments(pattern) {
        let segment = actual.next()?;
        match name_of(expected) {
            Some(name) if !segment.is_empty() => parameters.push((name, percent_decoded(segment)?)),
            None if segment == expected => {}
            _ => return None,
        }
    }
    actual.next().is_none().then_some(parameters)
}

/// Percent-decodes; `None` where the result is not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |method: &str, path: &str| HttpRoute {
            method: method.to_owned(),
            path: path.to_owned(),
            function: format!("{method} {path}"),
            authorized: true,
        };
        Routes::new(vec![
            route("GET", "/sessions/{session_id}"),
            route("GET", "/sessions/mine"),
            route("POST", "/sessions/{session_id}/messages"),
        ])
    }

    #[test]
    fn a_literal_segment_goes_before_a_parameter() {
        let routes = routes();
        let found = routes.find("GET", "/sessions/mine").map(|found| found.route.path.clone());
        assert_eq!(found.as_deref(), Some("/sessions/mine"));
    }

    #[test]
    fn parameters_are_percent_decoded() {
        let routes = routes();
        let found =
            routes.find("POST", "/sessions/a%2Fb%20c/messages").map(|found| found.parameters);
        assert_eq!(found, Some(vec![("session_id", "a/b c".to_owned())]));
    }

    #[test]
    fn another_method_a_trailing_slash_and_an_empty_parameter_match_nothing() {
        let routes = routes();
        for (method, path) in [
            ("PUT", "/sessions/mine"),
            ("GET", "/sessions/7/"),
            ("GET", "/sessions/"),
            ("GET", "/"),
        ] {
            assert_eq!(routes.find(method, path), None, "{method} {path}");
        }
    }
}
