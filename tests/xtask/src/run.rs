//! Where things are, and how other programs are started.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

/// What a step gives back: a message for a person when it failed.
pub type Outcome<T = ()> = Result<T, String>;

/// The folders that every command works with.
pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's output folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the workspace from this crate's own place, so that any folder will do to start in.
    pub fn find() -> Outcome<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .nth(2)
            .filter(|root| root.join("tests/xtask").is_dir())
            .ok_or("run this as `cargo xtask`, inside the workspace")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            // A relative one is meant from the folder the command was typed in.
            Some(folder) => env::current_dir().map_err(text)?.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A command that runs in the workspace root.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(&self.root)
            .env("SCIMFORGE_ROOT", &self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    pub fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from))
    }

    /// A program of the Python environment.
    pub fn venv(&self, program: &str) -> PathBuf {
        let folder = if cfg!(windows) { ".venv/Scripts" } else { ".venv/bin" };
        self.path(folder).join(format!("{program}{}", env::consts::EXE_SUFFIX))
    }
}

/// Runs `work` between two lines that say what it is and how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("== {title}");
    let start = Instant::now();
    let outcome = work();
    let ending = if outcome.is_ok() { "done" } else { "failed" };
    println!("== {title}: {ending} in {:.1} s", start.elapsed().as_secs_f64());
    outcome
}

/// Runs a command with this terminal.
pub fn run(command: &mut Command) -> Outcome {
    // Our own lines come first, also when the output is a file.
    std::io::stdout().flush().map_err(text)?;
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    succeeded(command, status)
}

/// Runs a command, showing its standard output line by line, and collects what `pick` takes from it.
pub fn run_and_pick<T>(command: &mut Command, pick: impl Fn(&str) -> Option<T>) -> Outcome<Vec<T>> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let mut picked = Vec::new();
    let mut reader = BufReader::new(child.stdout.take().ok_or("no standard output")?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(text)? > 0 {
        std::io::stdout().write_all(&line).map_err(text)?;
        picked.extend(pick(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    let status = child.wait().map_err(text)?;
    succeeded(command, status).map(|()| picked)
}

/// Runs a command quietly and gives its standard output back.
pub fn output(command: &mut Command) -> Outcome<String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    succeeded(command, output.status).map(|()| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn succeeded(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command))) }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}", shown(command))
}

fn shown(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    format!("`{line}`")
}

pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Outcome {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(text)?;
    }
    fs::write(path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// The files of a folder, sorted by name; none when there is no such folder.
pub fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(text)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A short mark of contents: equal contents, equal mark.
pub fn mark(contents: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Runs `work` unless the stamp file says that it was done for these contents.
pub fn once(stamp: &Path, mark: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    if fs::read_to_string(stamp).is_ok_and(|found| found == mark) {
        return Ok(());
    }
    work()?;
    write(stamp, mark)
}
