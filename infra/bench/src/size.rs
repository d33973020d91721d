//! How large the functions' programs are.

use crate::{place::Place, report::Report};
use std::{fs, path::Path, process::Command};

/// Megabytes are 10^6 bytes.
const MEGABYTE: f64 = 1e6;

/// A function's program.
struct Program {
    name: String,
    /// Stripped, as it deploys.
    size: f64,
    /// Deflated as in the zip that Lambda gets.
    zip: f64,
    has_sdk: bool,
}

/// Looks at each program that deploys.
pub fn run(place: &Place) -> Report {
    let names = place.functions().iter().map(|function| function.name.clone());
    let programs: Vec<Program> = names.map(|name| Program::at(place.programs(), name)).collect();
    let work = "The functions' stripped programs as they deploy, and their size in a zip. The SDK is what \
                speaks to S3 and to the WebSocket API.";
    let mut report = Report::new("size", work, 1);
    for Program { name, size, zip, has_sdk } in &programs {
        let sdk = if *has_sdk { " (SDK)" } else { "" };
        report.row(format!("{name}{sdk}"), "MB", vec![*size]);
        report.row(format!("{name}{sdk}, zip"), "MB", vec![*zip]);
    }
    let largest = |has_sdk, part: fn(&Program) -> f64| {
        let programs = programs.iter().filter(|program| program.has_sdk == has_sdk);
        programs.map(part).fold(0.0, f64::max)
    };
    report.at_most("with the SDK, MB", largest(true, |program| program.size), 12.0);
    report.at_most("without the SDK, MB", largest(false, |program| program.size), 5.0);
    report.at_most("zip with the SDK, MB", largest(true, |program| program.zip), 5.0);
    report.at_most("zip without the SDK, MB", largest(false, |program| program.zip), 2.0);
    report
}

impl Program {
    #[allow(clippy::cast_precision_loss, reason = "programs are smaller than 2^52 bytes")]
    fn at(folder: &Path, name: String) -> Self {
        let file = folder.join(&name);
        let bytes = fs::read(&file).expect("the program is built");
        // Its crates name themselves.
        let mark = b"aws-sdk";
        let has_sdk = bytes.windows(mark.len()).any(|window| window == mark);
        let zip = Command::new("gzip").args(["--best", "--stdout"]).arg(&file).output();
        let zip = zip.expect("gzip can be run").stdout.len();
        let size = bytes.len() as f64 / MEGABYTE;
        Self { name, size, zip: zip as f64 / MEGABYTE, has_sdk }
    }
}
