//! Things of the host's that no run may touch, and what attacks are told of them.
use nix::sys::stat::lstat;
use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

/// Files in the worker's home, in /tmp, and a package's answers; ports to be reached; and a file with all of it, one
/// `name value` a line, that is every attack's stdin and a canary too.
pub struct Canaries {
    _home: tempfile::TempDir,
    _tmp: tempfile::TempDir,
    _package: tempfile::TempDir,
    _loopback: TcpListener,
    _abstract_socket: UnixListener,
    /// What every attack reads.
    pub facts: PathBuf,
    /// The answers of a package: where the expected output of every attack stands too.
    pub answers: PathBuf,
    files: Vec<(PathBuf, Seen)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    content: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
    inode: u64,
    links: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Stands in every canary: no response may hold it.
pub const SECRET: &str = "canary-7f3a91c4";

impl Canaries {
    /// Puts them out.
    pub fn new() -> Self {
        let folder = |at: &Path| tempfile::Builder::new().prefix("assize-canary-").tempdir_in(at).expect("a directory");
        let home = PathBuf::from(std::env::var_os("HOME").expect("HOME"));
        let (home, tmp, package) = (folder(&home), folder(Path::new("/tmp")), folder(Path::new("/tmp")));
        let loopback = TcpListener::bind("127.0.0.1:0").expect("a port");
        let abstract_name = format!("canary-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).expect("a name");
        let abstract_socket = UnixListener::bind_addr(&address).expect("an abstract socket");
        let in_home = home.path().join("notes.txt");
        let in_tmp = tmp.path().join("notes.txt");
        let (secret, answers, facts) = (package.path().join("2.ans"), package.path().join("1.ans"), package.path().join("1.in"));
        for path in [&in_home, &in_tmp, &secret] {
            fs::write(path, format!("{SECRET}\n")).expect("write");
        }
        fs::write(&answers, "contained\n").expect("write");
        let text = format!(
            "home {}\ntmp {}\nanswers {}\nfacts {}\nport {}\nabstract {abstract_name}\npid {}\n",
            in_home.display(),
            in_tmp.display(),
            secret.display(),
            facts.display(),
            loopback.local_addr().expect("an address").port(),
            std::process::id(),
        );
        fs::write(&facts, text).expect("write");
        // As loose as they get: what holds is the sandbox, not the mode.
        for path in [&in_home, &in_tmp, &secret, &answers, &facts] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("chmod");
        }
        let files = [&in_home, &in_tmp, &secret, &answers, &facts].map(|path| (path.clone(), see(path)));
        Self {
            _home: home,
            _tmp: tmp,
            _package: package,
            _loopback: loopback,
            _abstract_socket: abstract_socket,
            facts,
            answers,
            files: files.into(),
        }
    }

    /// Where a control finds what attacks are told.
    pub fn folder(&self) -> &Path {
        self.facts.parent().expect("a folder")
    }

    /// What is not as it was, one line each.
    pub fn changed(&self) -> Vec<String> {
        let changed = self.files.iter().filter_map(|(path, before)| {
            let now = see(path);
            (now != *before).then(|| format!("{} has changed: {before:?}, now {now:?}", path.display()))
        });
        changed.collect()
    }
}

fn see(path: &Path) -> Seen {
    let s = lstat(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Seen {
        content: fs::read(path).unwrap_or_default(),
        mode: s.st_mode,
        owner: (s.st_uid, s.st_gid),
        inode: s.st_ino,
        links: s.st_nlink,
        modified: (s.st_mtime, s.st_mtime_nsec),
        changed: (s.st_ctime, s.st_ctime_nsec),
    }
}
