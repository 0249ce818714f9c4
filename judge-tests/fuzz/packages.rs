//! What strangers give as a package, as a submission, or as an archive of either: garbled.
use super::{Edit, apply, check, edits};
use crate::harness::binary;
use assize::archive::{Caps, Format, unpack_into};
use assize::model::{LimitsRequest, Millis};
use assize::package::Package;
use assize::profile::Profiles;
use assize::sandbox::LimitMode;
use assize::submission;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

/// What settings go wrong with.
const WORDS: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "[",
    "[[[[[[[[[[[[[[[[",
    "}",
    "]",
    "&a ",
    "*a",
    "<<: *a\n",
    "!!binary ",
    "|\n",
    "\"",
    "'",
    "#",
    "\t",
    "null",
    "~",
    "true",
    "-1",
    "1e999",
    ".nan",
    "99999999999999999999",
    "0x10",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "*",
    "**",
    "[!a",
    "{{x}}",
    "<",
    "/>",
    "<![CDATA[",
    "<!ENTITY a \"aaaa\">",
    "&a;",
    "&#0;",
    "<!--",
    "\u{0}",
    "\u{feff}",
    "limits:\n  time_limit: 1\n",
    "accept_score: 1\n",
    "type: scoring\n",
    "type: [interactive, multi-pass]\n",
    "problem_format_version: legacy\n",
    "problem_format_version: 2025-09\n",
];

/// Names that a file of a package is given.
const NAMES: &[&str] = &[
    "problem.yaml",
    "problem.xml",
    "domjudge-problem.ini",
    ".timelimit",
    "data/secret/testdata.yaml",
    "data/secret/test_group.yaml",
    "data/secret/1.in",
    "data/secret/1.ans",
    "data/secret/1.yaml",
    "data/secret/1.desc",
    "data/secret/1.args",
    "data/secret/1.files/x",
    "data/sample/a b.in",
    "data/secret/a/b/c/d/e/1.in",
    "submissions/submissions.yaml",
    "submissions/accepted/x.c",
    "submissions/accepted/x/x.c",
    "submissions/nobody/x",
    "output_validator/build",
    "output_validators/a/b.py",
    "include/default/x.h",
    "tests/01",
    "1.in",
    "1.out",
];

/// A change to a package: to the file there, or to one of that name.
#[derive(Debug, Clone)]
enum Change {
    Content(prop::sample::Index, Vec<Edit>),
    Settings(prop::sample::Index, Vec<Edit>),
    Remove(prop::sample::Index),
    Rename(prop::sample::Index, &'static str),
    Link(prop::sample::Index, &'static str),
    Fifo(prop::sample::Index),
    Folder(prop::sample::Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let index = any::<prop::sample::Index>;
    let change = prop_oneof![
        1 => (index(), edits(WORDS)).prop_map(|(at, e)| Change::Content(at, e)),
        6 => (index(), edits(WORDS)).prop_map(|(at, e)| Change::Settings(at, e)),
        1 => index().prop_map(Change::Remove),
        1 => (index(), prop::sample::select(NAMES)).prop_map(|(at, name)| Change::Rename(at, name)),
        1 => (index(), prop::sample::select(&["/etc/passwd", "..", "problem.yaml", "self"][..])).prop_map(|(at, to)| Change::Link(at, to)),
        1 => index().prop_map(Change::Fifo),
        1 => index().prop_map(Change::Folder),
    ];
    prop::collection::vec(change, 1..4)
}

type Files = Vec<(PathBuf, Vec<u8>)>;

/// The suite's own packages, small files only.
fn packages() -> Vec<Files> {
    let root = binary::data().join("packages");
    let all: Vec<Files> = crate::harness::case::folders(&root)
        .into_iter()
        .map(|folder| {
            let mut files: Files = all_files(&folder)
                .into_iter()
                .map(|path| (path.strip_prefix(&folder).expect("below").to_owned(), fs::read(&path).expect("read")))
                .filter(|(_, bytes)| bytes.len() < 100_000)
                .collect();
            files.sort();
            files
        })
        .collect();
    assert!(all.len() > 5 && all.iter().all(|files| files.len() > 5), "the packages of the suite");
    all
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|e| if e.file_type().is_ok_and(|t| t.is_dir()) { all_files(&e.path()) } else { vec![e.path()] }).collect()
}

fn is_setting(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["yaml", "xml", "ini", "desc", "args"].iter().any(|s| e == *s))
}

fn write(folder: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = folder.join(name);
        // Where a change has put a file in a folder's place, what lay below it is gone.
        if fs::create_dir_all(path.parent().expect("a folder")).is_ok() {
            let _ = fs::write(path, bytes);
        }
    }
}

fn change(folder: &Path, mut files: Files, changes: &[Change]) {
    let mut special = Vec::new();
    for change in changes {
        if files.is_empty() {
            break;
        }
        match change {
            Change::Content(at, edits) => {
                let file = at.index(files.len());
                files[file].1 = apply(&files[file].1, edits);
            }
            Change::Settings(at, edits) => {
                let settings: Vec<usize> = (0..files.len()).filter(|n| is_setting(&files[*n].0)).collect();
                if !settings.is_empty() {
                    let file = settings[at.index(settings.len())];
                    files[file].1 = apply(&files[file].1, edits);
                }
            }
            Change::Remove(at) => drop(files.remove(at.index(files.len()))),
            Change::Rename(at, name) => {
                let file = at.index(files.len());
                files[file].0 = name.into();
            }
            Change::Link(at, to) => special.push((files.remove(at.index(files.len())).0, Some(*to))),
            Change::Fifo(at) => special.push((files.remove(at.index(files.len())).0, None)),
            Change::Folder(at) => {
                let file = at.index(files.len());
                files[file].0.push("inside");
            }
        }
    }
    write(folder, &files);
    for (name, to) in special {
        let path = folder.join(name);
        if fs::create_dir_all(path.parent().expect("a folder")).is_ok() {
            let _ = match to {
                Some("self") => symlink(path.file_name().expect("a name"), &path),
                Some(to) => symlink(to, &path),
                None => mkfifo(&path, Mode::from_bits_truncate(0o644)).map_err(Into::into),
            };
        }
    }
}

/// A garbled package is a package, of which requests can be made, or there is something to say about it; and soon.
pub fn opened() -> Result<(), String> {
    let profiles = Profiles::load(&[], LimitMode::Rlimit).map_err(|e| e.to_string())?;
    let all = packages();
    for files in &all {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        write(folder.path(), files);
        assert!(is_sound(folder.path(), &profiles)?, "the control: {:?} is a package", files[0]);
    }
    check(300, &(prop::sample::select(all), changes()), |(files, changes)| {
        let folder = tempfile::tempdir().expect("a directory");
        change(folder.path(), files, &changes);
        is_sound(folder.path(), &profiles).map(drop).map_err(TestCaseError::fail)
    })
}

/// Whether it is a package. `Err`: neither that nor a reason.
fn is_sound(path: &Path, profiles: &Profiles) -> Result<bool, String> {
    let began = Instant::now();
    let opened = Package::open(path, profiles);
    if began.elapsed() > Duration::from_secs(20) {
        return Err(format!("it took {:?}", began.elapsed()));
    }
    let problems = match &opened {
        Ok(package) => {
            for submission in &package.submissions {
                if let Some(language) = profiles.language(&submission.program.language) {
                    let time = Millis::new(1000.0).ok_or("a time")?;
                    let request = package.request(&submission.program, language, time);
                    if request.tests.len() != package.tests.len() {
                        return Err("a test is lost".into());
                    }
                    let _ = language.limits(LimitsRequest::default());
                }
            }
            &package.warnings
        }
        Err(problems) if problems.iter().any(assize::package::Problem::is_error) => problems,
        Err(problems) => return Err(format!("refused without an error: {problems:?}")),
    };
    match problems.iter().find(|p| p.message.trim().is_empty() || p.file.is_absolute()) {
        Some(problem) => Err(format!("a problem that says nothing: {problem:?}")),
        None => Ok(opened.is_ok()),
    }
}

fn tarball(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, bytes.as_slice()).expect("an entry");
    }
    builder.into_inner().expect("a tar")
}

fn zipped(files: &Files) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (n, (name, bytes)) in files.iter().enumerate() {
        let method = if n % 2 == 0 { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        writer.start_file(name.to_str().expect("text"), SimpleFileOptions::default().compression_method(method)).expect("an entry");
        writer.write_all(bytes).expect("its content");
    }
    writer.finish().expect("a zip").into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("write");
    writer.finish().expect("a gzip")
}

/// Names, kinds and signatures of archives' entries.
const ARCHIVE_WORDS: &[&str] = &[
    "../",
    "/",
    "..",
    "\0",
    "PK\u{1}\u{2}",
    "PK\u{3}\u{4}",
    "PK\u{5}\u{6}",
    "0777",
    "7777777",
    "ustar",
    "1",
    "2",
    "L",
    "x",
    "\u{7f}",
    "C:\\",
];

/// A garbled archive is unpacked within its caps and its directory, as plain files, or refused with a reason.
pub fn archives() -> Result<(), String> {
    const CAPS: Caps = Caps { entries: 100, file_bytes: 1 << 20, total_bytes: 2 << 20, ratio: 200 };
    let profiles = Profiles::load(&[], LimitMode::Rlimit).map_err(|e| e.to_string())?;
    let files: Files = packages().swap_remove(0).into_iter().filter(|(_, bytes)| bytes.len() < 10_000).take(12).collect();
    let (tar, zip) = (tarball(&files), zipped(&files));
    let kinds = vec![("x.tar", tar.clone()), ("x.tar.gz", tar), ("x.zip", zip)];
    let try_one = |name: &str, bytes: &[u8]| {
        let bytes = if name.ends_with("gz") { gzip(bytes) } else { bytes.to_vec() };
        let folder = tempfile::tempdir().expect("a directory");
        let (archive, out) = (folder.path().join(name), folder.path().join("out"));
        fs::write(&archive, bytes).expect("write");
        fs::create_dir(&out).expect("mkdir");
        let format = Format::of(name).expect("a format");
        let unpacked = unpack_into(File::open(&archive).expect("open"), format, CAPS, &out);
        let found = all_files(&out);
        let plain = |path: &PathBuf| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|m| m.len());
        match found.iter().map(plain).sum::<Option<u64>>() {
            None => return Err(TestCaseError::fail("something else than files was unpacked")),
            Some(total) => prop_assert!(total <= CAPS.total_bytes && found.len() <= CAPS.entries, "{total} bytes, {} files", found.len()),
        }
        let beside = fs::read_dir(folder.path()).expect("list").count();
        prop_assert_eq!(beside, 2, "something lies beside");
        if let Err(e) = &unpacked {
            prop_assert!(!e.to_string().is_empty());
        }
        // The same as a class's, as a submission, and as a package.
        if let Ok(class) = submission::find(std::slice::from_ref(&archive), false) {
            for found in &class.found {
                if let Err(problem) = submission::read(found, &|name| name.contains(".py")) {
                    prop_assert!(!problem.to_string().is_empty());
                }
            }
        }
        is_sound(&archive, &profiles).map_err(TestCaseError::fail)?;
        Ok(unpacked.is_ok())
    };
    for (name, bytes) in &kinds {
        assert!(matches!(try_one(name, bytes), Ok(true)), "the control: {name} can be unpacked");
    }
    check(200, &(prop::sample::select(kinds), edits(ARCHIVE_WORDS)), |((name, bytes), edits)| {
        try_one(name, &apply(&bytes, &edits)).map(drop)
    })
}
