//! A folder of function programs for a stack: the ordinary ones, but for those that have fail points,
//! which begin with what a file beside them says.

use std::{
    env, fs, io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

/// Those that have fail points.
const WITH_FAIL_POINTS: [&str; 3] = ["send-message", "mark-read", "redeliver"];

/// The folder; removed when dropped.
pub(crate) struct ProgramFolder(PathBuf);

impl ProgramFolder {
    /// Fills a new folder: links to the programs that were built with this one, and starters for those
    /// that have fail points.
    ///
    /// # Errors
    /// When a program is missing or the folder cannot be filled.
    pub(crate) fn new() -> io::Result<Self> {
        let own = env::current_exe()?;
        let above = |program: &str| own.ancestors().find(|folder| folder.join(program).is_file());
        let missing = |target| io::Error::other(format!("`make {target}` builds what is missing"));
        let ordinary = above("migrate").ok_or_else(|| missing("binaries"))?;
        let target = above("failpoints/debug/redeliver").ok_or_else(|| missing("failpoints"))?;
        let folder = Self(env::temp_dir().join(format!("chat-faults-{}", chat_e2e::new_id())));
        fs::create_dir(&folder.0)?;
        let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions");
        for function in fs::read_dir(functions)? {
            let name = function?.file_name();
            if WITH_FAIL_POINTS.iter().all(|other| name != *other) {
                symlink(ordinary.join(&name), folder.0.join(&name))?;
            }
        }
        for name in WITH_FAIL_POINTS {
            folder.write_starter(name, &target.join("failpoints/debug").join(name))?;
        }
        Ok(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Processes of this function that begin from now on die at this fail point; at none without one.
    pub(crate) fn set(&self, function: &str, fail_point: Option<&str>) {
        let setting = fail_point.map(|name| format!("{name}=return")).unwrap_or_default();
        fs::write(self.0.join(format!("{function}.points")), setting).expect("the folder is ours");
    }

    fn write_starter(&self, name: &str, program: &Path) -> io::Result<()> {
        self.set(name, None);
        let points = self.0.join(format!("{name}.points"));
        let starter = self.0.join(name);
        let script = format!(
            "#!/bin/sh\nFAILPOINTS=\"$(cat '{}')\" exec '{}'\n",
            points.display(),
            program.display()
        );
        fs::write(&starter, script)?;
        fs::set_permissions(&starter, fs::Permissions::from_mode(0o755))
    }
}

impl Drop for ProgramFolder {
    fn drop(&mut self) {
        // What is left is in the system's temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
