//! Whole processes, on the same work, by turns: `assize run`, bubblewrap, and who else is on PATH.
use super::report::{Row, Series};
use super::{Options, binary};
use anyhow::{Context as _, anyhow, ensure};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const ROWS: [&str; 8] = ["true", "assize_run", "assize_run_self", "assize_run_shared", "bubblewrap", "nsjail", "isolate", "go_judge"];

const TRUE: &str = "/usr/bin/true";

/// Who does the work.
struct Peer {
    name: &'static str,
    note: &'static str,
    by: By,
    series: Series,
}

enum By {
    /// A process from its start to its end.
    Process(Command),
    /// The same, which may not gain anything by execve(2): newuidmap(1) gives it no ids then.
    Unprivileged(Command),
    /// A server, from the request to its answer.
    Server(GoJudge),
}

impl By {
    fn once(&mut self) -> anyhow::Result<Duration> {
        match self {
            Self::Process(command) => timed(command, false),
            Self::Unprivileged(command) => timed(command, true),
            Self::Server(server) => server.run(),
        }
    }
}

/// By a thread of its own: what an unprivileged one gives up is given up for good. All have one, so that all have the same start.
fn timed(command: &mut Command, unprivileged: bool) -> anyhow::Result<Duration> {
    let run = || {
        if unprivileged {
            nix::sys::prctl::set_no_new_privs()?;
        }
        let began = Instant::now();
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        let took = began.elapsed();
        ensure!(status.success(), "it ended with {status}");
        Ok(took)
    };
    std::thread::scope(|threads| threads.spawn(run).join()).map_err(|_| anyhow!("a panic"))?
}

fn command(program: &str, args: &[&str]) -> By {
    let mut command = Command::new(program);
    command.args(args);
    By::Process(command)
}

/// `assize run`, in no scope of systemd's: to be moved there takes longer than all the rest, and bubblewrap limits nothing.
fn assize(binary: PathBuf) -> Command {
    let mut run = Command::new(binary);
    run.args(["run", "--no-scope", "--result", "/dev/null", "--", TRUE]).env("ASSIZE_LOG", "error");
    run
}

/// Those that are here.
fn peers() -> Vec<Peer> {
    let mut peers = Vec::new();
    let mut add = |name, by, note| peers.push(Peer { name, note, by, series: Series::new() });
    add("true", command(TRUE, &[]), "/usr/bin/true by itself");
    add("assize_run", By::Process(assize(binary::path())), "`assize run`: start, one slot, the run with everything it has, clean up");
    add("assize_run_self", By::Unprivileged(assize(binary::path())), "likewise, with the caller's own ids, which is what bubblewrap maps");
    if let Some(shared) = binary::shared() {
        add("assize_run_shared", By::Process(assize(shared)), "assize_run with shared libraries, as cargo build makes it");
    }
    if on_path("bwrap") {
        // The same binds, devices and namespaces; no seccomp, no limits, no measurement: it has none by itself.
        let same = "--unshare-all --die-with-parent --new-session --clearenv --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
            --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp --tmpfs /box --chdir /box";
        let args: Vec<&str> = same.split_whitespace().chain([TRUE]).collect();
        add("bubblewrap", command("bwrap", &args), "bwrap with the same binds; no limits, filter or measurement");
    }
    if on_path("nsjail") {
        let same = "-Mo -Q -R /usr -s usr/lib:/lib -s usr/lib64:/lib64 -T /tmp --";
        let args: Vec<&str> = same.split_whitespace().chain([TRUE]).collect();
        add("nsjail", command("nsjail", &args), "nsjail -Mo with the same binds");
    }
    if on_path("isolate") {
        let all = format!("isolate --init > /dev/null && isolate --silent --run -- {TRUE} && isolate --cleanup");
        add("isolate", command("sh", &["-c", &all]), "isolate: init, run, cleanup");
    }
    if on_path("go-judge") {
        match GoJudge::start() {
            Ok(server) => add("go_judge", By::Server(server), "go-judge, a server: from the request to its answer"),
            Err(e) => eprintln!("bench: go-judge is left out: {e:#}"),
        }
    }
    peers
}

pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut peers = peers();
    // What is installed may yet not be allowed here (a set-uid bit or a user namespace is missing): the others are measured all the same.
    peers.retain_mut(|peer| match peer.by.once() {
        Ok(_) => true,
        Err(e) => {
            eprintln!("bench: {} is left out: {e:#}", peer.name);
            false
        }
    });
    for _ in 0..(options.runs / 20).clamp(10, 250) {
        for peer in &mut peers {
            peer.series.add(peer.by.once().context(peer.name)?);
        }
    }
    let base = |wanted| peers.iter().find(|peer| peer.name == wanted).map(|peer| peer.series.base(wanted));
    let (alone, bwrap) = (base("true"), base("bubblewrap"));
    let to = |name: &str| match name {
        "true" => None,
        ours if ours.starts_with("assize") => bwrap,
        _ => alone,
    };
    Ok(peers.iter().map(|peer| peer.series.row(peer.name, to(peer.name), peer.note)).collect())
}

/// Whether a tool is there.
fn on_path(tool: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|o| o.status.success())
}

/// <https://github.com/criyle/go-judge>, by its REST interface on the loopback device: one connection, which stays.
struct GoJudge {
    _server: Running,
    connection: BufReader<TcpStream>,
    request: String,
}

impl GoJudge {
    fn start() -> anyhow::Result<Self> {
        // Free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let server = Command::new("go-judge")
            .args([format!("-http-addr={address}"), "-pre-fork=1".into(), "-parallelism=1".into(), "-silent".into()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let server = Running(server);
        let began = Instant::now();
        let connection = loop {
            match TcpStream::connect(address) {
                Ok(connection) => break connection,
                Err(e) if began.elapsed() > Duration::from_secs(10) => return Err(e).context("it does not listen after ten seconds"),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        let collect = |name| json!({"name": name, "max": 10240});
        let cmd = json!({
            "args": [TRUE], "env": ["PATH=/usr/bin:/bin"], "files": [{"content": ""}, collect("stdout"), collect("stderr")],
            "cpuLimit": 1_000_000_000, "clockLimit": 3_000_000_000_u64, "memoryLimit": 256 << 20, "procLimit": 16,
        });
        let body = json!({"cmd": [cmd]}).to_string();
        let head = "POST /run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length:";
        let request = format!("{head} {}\r\n\r\n{body}", body.len());
        Ok(Self { _server: server, connection: BufReader::new(connection), request })
    }

    fn run(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.connection.get_mut().write_all(self.request.as_bytes())?;
        let mut length = None;
        loop {
            let mut line = String::new();
            ensure!(self.connection.read_line(&mut line)? > 0, "it closed the connection");
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = Some(value.trim().parse::<u16>()?),
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length.context("an answer without its length")?.into()];
        self.connection.read_exact(&mut body)?;
        let took = began.elapsed();
        let answer: Value = serde_json::from_slice(&body).with_context(|| String::from_utf8_lossy(&body).into_owned())?;
        ensure!(answer[0]["status"] == "Accepted", "it answered {answer}");
        Ok(took)
    }
}

/// A server, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Asked first, so that it takes its containers and cgroups with it.
        if let Ok(pid) = i32::try_from(self.0.id()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
        }
        let asked = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
