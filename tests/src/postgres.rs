//! A `PostgreSQL` of our own: Debian's programs, a folder and a socket that are gone afterwards.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many were started in this process.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A server that runs until this is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
}

impl Postgres {
    /// Starts one; `None` where it is not installed. Its texts sort as people expect, so that SQL
    /// which leaves that to chance is found out.
    ///
    /// # Panics
    /// If it is installed and does not start.
    pub fn start() -> Option<Self> {
        let programs = std::fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .filter(|path| path.join("initdb").exists())
            .max()?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("scimforge-postgres-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&folder));
        }
        let server = Self { programs, folder };
        let data = server.folder.join("data");
        let icu = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"];
        succeed(
            server
                .command("initdb")
                .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
                .args(icu)
                .arg("-D")
                .arg(&data),
        );
        let options = format!("-F -c listen_addresses='' -k {}", server.folder.display());
        succeed(
            server
                .command("pg_ctl")
                .args(["start", "-w", "-l"])
                .arg(server.folder.join("log"))
                .arg("-o")
                .arg(options)
                .arg("-D")
                .arg(&data),
        );
        Some(server)
    }

    /// Runs a script of `psql`; records end with `\x1e`, fields with `\x1f`.
    ///
    /// # Panics
    /// If a statement fails.
    pub fn run(&self, script: &str) -> String {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["-q", "-A", "-t", "-F", "\u{1f}", "-R", "\u{1e}", "-v", "ON_ERROR_STOP=1", "-X"])
            .args(["-U", "postgres", "-h"])
            .arg(&self.folder)
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("psql");
        let mut input = child.stdin.take().expect("its input");
        let script = script.to_owned();
        let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
        let output = child.wait_with_output().expect("what psql says");
        let _ = writer.join();
        good(&output);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The server refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self
            .command("pg_ctl")
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.folder.join("data"))
            .stdout(Stdio::null())
            .status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|data| data.uid() == 0)
}

fn succeed(command: &mut Command) {
    // Whoever keeps an end of a pipe open would keep us waiting: the server is started here.
    let output = command.stdout(Stdio::null()).output().expect("a program");
    good(&output);
}

fn good(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
