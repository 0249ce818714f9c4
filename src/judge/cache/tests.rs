#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::unnecessary_wraps,
    clippy::cast_precision_loss,
    reason = "a test may fail by panicking"
)]
use super::*;
use std::io::{BufRead as _, Cursor, Write as _};
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

type Item = io::Result<(BoxName, bool, Box<dyn Read>)>;

fn key(n: usize) -> Key {
    Key::builder("test").part(n.to_string()).finish()
}

fn file(name: &str, executable: bool, contents: &[u8]) -> Item {
    Ok((BoxName::new(name).unwrap(), executable, Box::new(Cursor::new(contents.to_vec()))))
}

fn open(dir: &tempfile::TempDir, max: u64) -> Cache {
    Cache::open(dir.path().join("cache"), max).unwrap()
}

fn contents(artifact: Artifact) -> Vec<(String, bool, Vec<u8>)> {
    let read = |mut f: ArtifactFile| {
        let mut bytes = Vec::new();
        f.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(f.size, bytes.len() as u64);
        (f.name.to_string(), f.executable, bytes)
    };
    artifact.files.into_iter().map(read).collect()
}

fn put(cache: &Cache, n: usize, size: usize) -> Artifact {
    cache.put(&key(n), b"", [file("a", false, &vec![b'x'; size])].into_iter()).unwrap()
}

fn names(cache: &Cache, sub: &str) -> Vec<String> {
    fs::read_dir(cache.dir.join(sub)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_was_put_in_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir, 1 << 30);
    assert!(cache.get(&key(1)).unwrap().is_none());
    let files =
        || [file("main", true, b"\x7fELF\0\xff"), file("lib/a.class", false, b""), file("big", false, &vec![7; 300_000])].into_iter();
    let wanted = vec![
        ("main".to_owned(), true, b"\x7fELF\0\xff".to_vec()),
        ("lib/a.class".to_owned(), false, vec![]),
        ("big".to_owned(), false, vec![7; 300_000]),
    ];
    assert_eq!(contents(cache.put(&key(1), b"meta", files()).unwrap()), wanted);
    for cache in [&cache, &open(&dir, 1 << 30)] {
        let artifact = cache.get(&key(1)).unwrap().unwrap();
        assert_eq!(artifact.meta, b"meta");
        assert_eq!(contents(artifact), wanted);
        assert!(cache.get(&key(2)).unwrap().is_none());
    }
    // Put again: replaced, and what was open stays.
    let old = cache.get(&key(1)).unwrap().unwrap();
    cache.put(&key(1), b"new", [file("main", true, b"2")].into_iter()).unwrap();
    assert_eq!(contents(old), wanted);
    assert_eq!(cache.get(&key(1)).unwrap().unwrap().meta, b"new");
    assert!(names(&cache, "tmp").is_empty());
}

#[test]
fn keys_keep_their_parts_apart() {
    let build = |parts: &[&str]| parts.iter().fold(Key::builder("d"), KeyBuilder::part).finish();
    assert_ne!(build(&["ab", "c"]), build(&["a", "bc"]));
    assert_ne!(build(&["a"]), build(&["a", ""]));
    assert_ne!(Key::builder("d").finish(), Key::builder("e").finish());
    assert_ne!(Key::builder("").parts(&["a", "b"]).parts::<&str>(&[]).finish(), Key::builder("").parts(&["a"]).parts(&["b"]).finish());
    let long = vec![1; 1 << 20];
    let read = || Key::builder("d").content(Cursor::new(&long)).unwrap().finish();
    assert_eq!(read(), read());
    assert_eq!(Key::from_hex(&read().to_string()), Some(read()));
}

#[test]
fn what_is_damaged_is_a_miss_and_can_be_built_again() {
    type Harm = fn(&Path);
    let harms: &[(&str, Harm)] = &[
        ("a byte flipped", |e| rewrite(&e.join("0"), 0o555, |b| b[3] ^= 1)),
        ("truncated", |e| rewrite(&e.join("0"), 0o555, |b| b.truncate(5))),
        ("longer", |e| rewrite(&e.join("0"), 0o555, |b| b.push(0))),
        ("no more executable", |e| rewrite(&e.join("0"), 0o444, |_| {})),
        ("set-user-id", |e| rewrite(&e.join("0"), 0o4555, |_| {})),
        ("writable", |e| rewrite(&e.join("0"), 0o575, |_| {})),
        ("unreadable", |e| rewrite(&e.join("0"), 0o000, |_| {})),
        ("deleted", |e| fs::remove_file(e.join("0")).unwrap()),
        ("a symlink to the same bytes", |e| {
            fs::rename(e.join("0"), e.join("elsewhere")).unwrap();
            symlink(e.join("elsewhere"), e.join("0")).unwrap();
        }),
        ("a hard link from outside", |e| fs::hard_link(e.join("0"), e.parent().unwrap().parent().unwrap().join("handle")).unwrap()),
        ("a FIFO", |e| {
            fs::remove_file(e.join("0")).unwrap();
            nix::unistd::mkfifo(&e.join("0"), nix::sys::stat::Mode::from_bits_truncate(0o555)).unwrap();
        }),
        ("a directory", |e| {
            fs::remove_file(e.join("0")).unwrap();
            fs::create_dir(e.join("0")).unwrap();
        }),
        ("the manifest flipped", |e| rewrite(&e.join(entry::MANIFEST), 0o444, |b| *b.last_mut().unwrap() ^= 1)),
        ("the manifest empty", |e| rewrite(&e.join(entry::MANIFEST), 0o444, Vec::clear)),
        ("the manifest gone", |e| fs::remove_file(e.join(entry::MANIFEST)).unwrap()),
        ("the entry a symlink", |e| {
            let away = e.parent().unwrap().parent().unwrap().join("away");
            fs::rename(e, &away).unwrap();
            symlink(&away, e).unwrap();
        }),
        ("the entry a file", |e| {
            fs::remove_dir_all(e).unwrap();
            fs::write(e, b"x").unwrap();
        }),
        ("the entry open to others", |e| fs::set_permissions(e, fs::Permissions::from_mode(0o777)).unwrap()),
        ("the entry of another key", |e| {
            let other = e.with_file_name(key(2).to_string());
            fs::remove_dir_all(e).unwrap();
            fs::rename(other, e).unwrap();
        }),
    ];
    for (name, harm) in harms {
        let dir = tempfile::tempdir().unwrap();
        let cache = open(&dir, 1 << 30);
        let build = |n| contents(cache.put(&key(n), b"m", [file("main", true, b"0123456789")].into_iter()).unwrap());
        let wanted = build(1);
        build(2);
        harm(&cache.entry_path(&key(1)));
        // Root reads what has mode 000; the mode itself is the damage then.
        assert!(cache.get(&key(1)).unwrap().is_none(), "{name}");
        assert!(fs::symlink_metadata(cache.entry_path(&key(1))).is_err(), "{name}: still there");
        assert_eq!(build(1), wanted, "{name}");
        assert_eq!(contents(cache.get(&key(1)).unwrap().unwrap()), wanted, "{name}");
        assert!(names(&cache, "tmp").is_empty(), "{name}");
    }
}

fn rewrite(path: &Path, mode: u32, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_planted_entry_is_put_over() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir, 1 << 30);
    symlink("/", cache.entry_path(&key(1))).unwrap();
    put(&cache, 1, 10);
    assert!(cache.get(&key(1)).unwrap().is_some());
    let shared = dir.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Cache::open(shared, 1), Err(CacheError::NotOurs { .. })));
}

#[test]
fn what_was_used_least_recently_goes_first() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir, 10_000);
    for n in 0..3 {
        put(&cache, n, 2800);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(cache.get(&key(0)).unwrap().is_some());
    let open_still = cache.get(&key(1)).unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert!(cache.get(&key(0)).unwrap().is_some());
    std::thread::sleep(Duration::from_millis(20));
    assert!(cache.get(&key(2)).unwrap().is_some());
    std::thread::sleep(Duration::from_millis(20));
    put(&cache, 3, 2800);
    let there: Vec<bool> = (0..4).map(|n| cache.get(&key(n)).unwrap().is_some()).collect();
    assert_eq!(there, [true, false, true, true]);
    assert_eq!(contents(open_still)[0].2.len(), 2800, "what is open stays readable");
    // One that is too large by itself stays until the next.
    std::thread::sleep(Duration::from_millis(20));
    put(&cache, 9, 50_000);
    assert!(cache.get(&key(9)).unwrap().is_some());
    assert_eq!(names(&cache, "entries").len(), 1);
    std::thread::sleep(Duration::from_millis(20));
    put(&cache, 3, 10);
    assert_eq!(names(&cache, "entries"), [key(3).to_string()]);
    // What another process added counts as well.
    let other = open(&dir, 10_000);
    (20..24).for_each(|n| drop(put(&other, n, 2000)));
    (30..34).for_each(|n| drop(put(&cache, n, 2000)));
    assert!(cache.entries().unwrap().iter().map(|e| e.bytes).sum::<u64>() <= 11_000);
    assert!(names(&cache, "tmp").is_empty());
}

/// What nobody has put in tells whether all were looked at: it is too much, and goes.
#[test]
fn entries_are_counted_seldom_by_all_processes_together() {
    const MAX: u64 = 100_000;
    let dir = tempfile::tempdir().unwrap();
    let planted = |cache: &Cache| {
        let path = cache.entry_path(&key(99));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("0"), vec![0; 2 * usize::try_from(MAX).unwrap()]).unwrap();
        path
    };
    let first = open(&dir, MAX);
    let path = planted(&first);
    put(&first, 1, 1000);
    assert!(!path.exists(), "nobody had counted: the first does");
    planted(&first);
    // Below a tenth, from whatever process.
    (2..5).for_each(|n| drop(put(&open(&dir, MAX), n, 2000)));
    assert!(path.exists(), "counted for nothing");
    (5..8).for_each(|n| drop(put(&open(&dir, MAX), n, 2000)));
    assert!(!path.exists(), "a tenth has come since, and nobody counted");
    planted(&first);
    put(&first, 1, 10);
    assert!(path.exists(), "counted for nothing");
    for note in ["", "1 1", "1 1\n1", "x"] {
        fs::write(dir.path().join("cache/index.lock"), note).unwrap();
        put(&first, 1, 10);
        assert!(!path.exists(), "{note:?} is no count");
        planted(&first);
    }
    assert!(names(&first, "tmp").is_empty());
}

#[test]
fn a_failed_put_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir, 1 << 30);
    let files = [file("a", false, b"1"), Err(io::Error::other("the sandbox is gone"))];
    assert!(matches!(cache.put(&key(1), b"", files.into_iter()), Err(CacheError::Source(_))));
    assert!(cache.get(&key(1)).unwrap().is_none());
    assert!(names(&cache, "tmp").is_empty());
}

#[test]
fn many_may_put_get_and_evict_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let caches: Vec<_> = (0..4).map(|_| Arc::new(open(&dir, 4_000))).collect();
    let threads: Vec<_> = caches
        .iter()
        .cloned()
        .map(|cache| {
            std::thread::spawn(move || {
                for round in 0..40 {
                    let n = round % 5;
                    put(&cache, n, 1000);
                    for n in 0..5 {
                        if let Some(artifact) = cache.get(&key(n)).unwrap() {
                            assert_eq!(contents(artifact)[0].2, vec![b'x'; 1000]);
                        }
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(names(&caches[0], "tmp").is_empty());
}

#[test]
fn a_key_is_built_by_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let caches = [Arc::new(open(&dir, 1 << 30)), Arc::new(open(&dir, 1 << 30))];
    let building: Arc<Vec<AtomicUsize>> = Arc::new((0..20).map(|_| AtomicUsize::new(0)).collect());
    let built = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|i| {
            let (cache, building, built, start) = (caches[i % 2].clone(), building.clone(), built.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                for n in 0..20 {
                    let _lock = cache.lock(&key(n)).unwrap();
                    assert_eq!(building[n].fetch_add(1, Ordering::SeqCst), 0, "two build the same");
                    if cache.get(&key(n)).unwrap().is_none() {
                        built.fetch_add(1, Ordering::SeqCst);
                        put(&cache, n, 10);
                    }
                    building[n].fetch_sub(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(built.load(Ordering::SeqCst), 20);
    assert!(names(&caches[0], "locks").is_empty(), "lock files are removed");

    // It is exclusive, and another key is not held up.
    let held = caches[0].lock(&key(1)).unwrap();
    drop(caches[1].lock(&key(2)).unwrap());
    let (sender, receiver) = mpsc::channel();
    let other = caches[1].clone();
    let waiting = std::thread::spawn(move || {
        let lock = other.lock(&key(1)).unwrap();
        sender.send(()).unwrap();
        drop(lock);
    });
    assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err());
    drop(held);
    receiver.recv_timeout(Duration::from_secs(10)).unwrap();
    waiting.join().unwrap();
}

const CHILD_DIR: &str = "ASSIZE_TEST_CACHE_DIR";

/// The process that `who_dies_while_writing_leaves_nothing` kills.
#[test]
#[ignore = "who_dies_while_writing_leaves_nothing starts it, to kill it"]
fn child_that_dies_while_writing() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let cache = Cache::open(dir.into(), 1 << 30).unwrap();
    let _lock = cache.lock(&key(1)).unwrap();
    let stuck = std::iter::once_with(|| -> Item {
        io::stderr().write_all(b"writing\n").unwrap();
        std::thread::sleep(Duration::from_mins(1));
        file("b", false, b"2")
    });
    let _ = cache.put(&key(1), b"", std::iter::once(file("a", false, b"1")).chain(stuck));
}

#[test]
fn who_dies_while_writing_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "judge::cache::tests::child_that_dies_while_writing", "--ignored", "--nocapture"])
        .env(CHILD_DIR, dir.path().join("cache"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = io::BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "writing"));
    // While it lives, its work is left alone.
    let cache = open(&dir, 1 << 30);
    assert_eq!(names(&cache, "tmp").len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let cache = open(&dir, 1 << 30);
    assert!(names(&cache, "tmp").is_empty());
    assert!(cache.get(&key(1)).unwrap().is_none());
    // Nor does its lock stay.
    let _lock = cache.lock(&key(1)).unwrap();
    put(&cache, 1, 10);
}

#[test]
fn what_was_verified_is_not_read_again_until_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir, 1 << 20);
    drop(put(&cache, 1, 100));
    assert_eq!(contents(cache.recent(&key(1)).unwrap()), [("a".to_owned(), false, vec![b'x'; 100])]);
    assert!(cache.recent(&key(2)).is_none());
    // As long as before, and its modification time set back: the change time tells.
    let path = cache.entry_path(&key(1)).join("0");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&path, vec![b'y'; 100]).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(cache.recent(&key(1)).is_none());
    assert!(cache.get(&key(1)).unwrap().is_none(), "the damage is found");
    // Another process has nothing in memory, and finds what this one put in.
    drop(put(&cache, 3, 100));
    let other = open(&dir, 1 << 20);
    assert!(other.recent(&key(3)).is_none());
    drop(other.get(&key(3)).unwrap().unwrap());
    assert!(other.recent(&key(3)).is_some());
}
