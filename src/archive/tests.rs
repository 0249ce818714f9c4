use super::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const CAPS: Caps = Caps { entries: 20, file_bytes: 3 << 20, total_bytes: 4 << 20, ratio: 200 };

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// A tar of raw headers: the crate's own writer refuses what we want to see refused.
fn tarball(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if name.contains(".sh") { 0o755 } else { 0o644 });
        header.set_size(content.len() as u64);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zipped(entries: &[(&str, Option<u32>, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, mode, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        let options = mode.map_or(options, |m| options.unix_permissions(m));
        // A stand-in of the same length; the name itself is put in afterwards, as the writer may clean it.
        writer.start_file(stand_in(name), options).unwrap();
        writer.write_all(content).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    for (name, ..) in entries {
        let (from, to) = (stand_in(name).into_bytes(), name.as_bytes());
        for at in 0..bytes.len() - from.len() {
            if bytes[at..at + from.len()] == from[..] {
                bytes[at..at + to.len()].copy_from_slice(to);
            }
        }
    }
    bytes
}

fn stand_in(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return name.to_owned();
    }
    let sum: u32 = name.bytes().map(u32::from).sum();
    let head = format!("@{sum}");
    format!("{head:~<width$}", width = name.len())[..name.len()].to_owned()
}

fn read(format: Format, bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    unpack_in_memory(file(bytes), format, CAPS).map(|files| files.into_iter().map(|(n, b)| (n.to_string(), b)).collect())
}

#[test]
fn nobody_else_looks_into_what_is_unpacked() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = temporary_directory("assize-test-").unwrap();
    assert_eq!(directory.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn plain_archives_are_read_in_each_format() {
    let tar = tarball(&[
        ("./", EntryType::Directory, b""),
        ("./src/", EntryType::Directory, b""),
        ("./src/main.py", EntryType::Regular, b"print(1)\n"),
        ("empty", EntryType::Regular, b""),
    ]);
    let zip = zipped(&[("src/main.py", None, b"print(1)\n"), ("empty", Some(0o100_644), b"")], CompressionMethod::Deflated);
    let windows = zipped(&[("src\\main.py", None, b"print(1)\n"), ("empty", None, b"")], CompressionMethod::Stored);
    let wanted = BTreeMap::from([("src/main.py".to_owned(), b"print(1)\n".to_vec()), ("empty".to_owned(), Vec::new())]);
    for (format, bytes) in [(Format::Tar, tar.clone()), (Format::TarGz, gzip(&tar)), (Format::Zip, zip), (Format::Zip, windows)] {
        assert_eq!(read(format, &bytes).unwrap(), wanted, "{format:?}");
    }
}

#[test]
fn unpacking_writes_below_its_directory_and_nowhere_else() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let good = tarball(&[("a/run.sh", EntryType::Regular, b"x"), ("a/data", EntryType::Regular, b"y")]);
    unpack_into(file(&gzip(&good)), Format::TarGz, CAPS, &inner).unwrap();
    let mode = |name: &str| std::os::unix::fs::PermissionsExt::mode(&fs::metadata(inner.join(name)).unwrap().permissions()) & 0o100;
    assert_eq!((fs::read(inner.join("a/data")).unwrap(), mode("a/run.sh"), mode("a/data")), (b"y".to_vec(), 0o100, 0));
    for name in ["../escaped", "a/../../escaped", "/tmp/assize-escaped", "a/./../../escaped", ".."] {
        let tar = tarball(&[(name, EntryType::Regular, b"x")]);
        let zip = zipped(&[(name, None, b"x")], CompressionMethod::Stored);
        for (format, bytes) in [(Format::Tar, &tar), (Format::TarGz, &gzip(&tar)), (Format::Zip, &zip)] {
            let error = unpack_into(file(bytes), format, CAPS, &inner).unwrap_err();
            assert!(matches!(error, ArchiveError::Name { .. }), "{name} in {format:?}: {error}");
        }
    }
    let windows = zipped(&[("..\\escaped", None, b"x")], CompressionMethod::Stored);
    assert!(matches!(unpack_into(file(&windows), Format::Zip, CAPS, &inner), Err(ArchiveError::Name { .. })));
    let there: Vec<_> = fs::read_dir(outer.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(there, ["inner"]);
    assert!(!std::path::Path::new("/tmp/assize-escaped").exists());
}

#[test]
fn what_is_not_a_plain_file_is_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::new(b'Z'),
    ] {
        let tar = tarball(&[("x", kind, b"")]);
        let error = read(Format::Tar, &tar).unwrap_err();
        assert!(matches!(error, ArchiveError::Special { .. } | ArchiveError::Broken { .. }), "{kind:?}: {error}");
    }
    for mode in [0o120_777_u32, 0o020_666, 0o010_644, 0o060_644] {
        // The writer keeps only the permissions of a mode, so the kind is put into the central directory by hand.
        let mut zip = zipped(&[("x", Some(0o644), b"/etc/passwd")], CompressionMethod::Stored);
        let central = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        zip[central + 38..central + 42].copy_from_slice(&(mode << 16).to_le_bytes());
        let error = read(Format::Zip, &zip).unwrap_err();
        assert!(matches!(error, ArchiveError::Special { .. }), "{mode:o}: {error}");
    }
}

#[test]
fn a_link_is_no_way_out_for_what_follows_it() {
    let inner = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let tar = tarball(&[("out", EntryType::Symlink, b""), ("out/file", EntryType::Regular, b"x")]);
    assert!(unpack_into(file(&tar), Format::Tar, CAPS, inner.path()).is_err());
    // Even one that was planted there before is not written through.
    std::os::unix::fs::symlink(outside.path().join("target"), inner.path().join("file")).unwrap();
    let tar = tarball(&[("file", EntryType::Regular, b"x")]);
    assert!(matches!(unpack_into(file(&tar), Format::Tar, CAPS, inner.path()), Err(ArchiveError::Write { .. })));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn caps_hold_whatever_the_headers_say() {
    let zeros = vec![0; 2 << 20];
    let files: Vec<(&str, EntryType, &[u8])> = vec![("a", EntryType::Regular, &zeros), ("b", EntryType::Regular, &zeros)];
    let bomb = gzip(&tarball(&files));
    assert!(bomb.len() < 20_000, "the bomb is one");
    assert!(matches!(read(Format::TarGz, &bomb), Err(ArchiveError::Ratio(200))));
    let zip = zipped(&[("a", None, &zeros), ("b", None, &zeros)], CompressionMethod::Deflated);
    assert!(matches!(read(Format::Zip, &zip), Err(ArchiveError::Ratio(200))));
    let noise: Vec<u8> = (0..=3_u32 << 20).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    let large = tarball(&[("a", EntryType::Regular, &noise)]);
    assert!(matches!(read(Format::Tar, &large), Err(ArchiveError::FileTooLarge { .. })));
    let both = tarball(&[("a", EntryType::Regular, &noise[..2 << 20]), ("b", EntryType::Regular, &noise[..=2 << 20])]);
    assert!(matches!(read(Format::Tar, &both), Err(ArchiveError::TooLarge(_))));
    // What the tar reader keeps in memory by itself is bounded too: a name of 64 MiB.
    let long = tarball(&[("x", EntryType::GNULongName, &vec![b'a'; 64 << 20]), ("b", EntryType::Regular, b"")]);
    assert!(matches!(read(Format::TarGz, &gzip(&long)), Err(ArchiveError::Ratio(_) | ArchiveError::TooLarge(_))));
    let names: Vec<String> = (0..21).map(|i| i.to_string()).collect();
    let many: Vec<(&str, EntryType, &[u8])> = names.iter().map(|n| (n.as_str(), EntryType::Regular, &b""[..])).collect();
    assert!(matches!(read(Format::Tar, &tarball(&many)), Err(ArchiveError::TooMany(20))));
    let many: Vec<(&str, Option<u32>, &[u8])> = names.iter().map(|n| (n.as_str(), None, &b""[..])).collect();
    assert!(matches!(read(Format::Zip, &zipped(&many, CompressionMethod::Stored)), Err(ArchiveError::TooMany(20))));
}

#[test]
fn a_zip_that_lies_about_its_sizes_is_still_held() {
    let zeros = vec![0; 4 << 20];
    let mut zip = zipped(&[("a", None, &zeros)], CompressionMethod::Deflated);
    // The uncompressed size, in the local header and in the central directory: 1.
    zip[22..26].copy_from_slice(&1_u32.to_le_bytes());
    let central = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    zip[central + 24..central + 28].copy_from_slice(&1_u32.to_le_bytes());
    let read = read(Format::Zip, &zip);
    assert!(read.as_ref().is_err() || read.unwrap()["a"].len() <= 1);
}

#[test]
fn broken_archives_say_so() {
    let tar = gzip(&tarball(&[("a", EntryType::Regular, &[7; 3000])]));
    let zip = zipped(&[("a", None, &[7; 3000])], CompressionMethod::Deflated);
    let encrypted = {
        let mut zip = zipped(&[("a", None, b"x")], CompressionMethod::Stored);
        zip[6] |= 1;
        let central = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        zip[central + 8] |= 1;
        zip
    };
    for (format, bytes) in [
        (Format::TarGz, &tar[..tar.len() / 2]),
        (Format::TarGz, &b"not at all"[..]),
        (Format::TarGz, &[][..]),
        (Format::Zip, &zip[..zip.len() / 2]),
        (Format::Zip, b"not at all"),
        (Format::Zip, b""),
        (Format::Tar, &[b'x'; 1024]),
    ] {
        let error = read(format, bytes).unwrap_err();
        assert!(matches!(error, ArchiveError::Broken { .. }), "{format:?}: {error}");
        if format == Format::Zip {
            assert!(error.to_string().contains("its end is missing; it was cut off, or is none"), "{error}");
        }
    }
    assert!(matches!(read(Format::Zip, &encrypted), Err(ArchiveError::Encrypted { .. })));
}

#[test]
fn a_name_is_there_once() {
    for names in [["a", "a"], ["a", "a/b"], ["a/b", "a"]] {
        let tar = tarball(&names.map(|n| (n, EntryType::Regular, &b"x"[..])));
        assert!(matches!(read(Format::Tar, &tar), Err(ArchiveError::Twice { .. })), "{names:?}");
    }
}

#[test]
fn names_are_checked() {
    for bad in ["", "/x", "..", "a/..", "a\0b", "a\nb", "\u{1b}[2J", "C:\\x", "c:/x", "C:", &"x".repeat(256), &"a/".repeat(40)] {
        assert!(EntryName::new(bad).is_err(), "{bad:?}");
    }
    for (name, wanted) in [("./a//b/", Some("a/b")), ("./", None), (".", None), ("..a/b..", Some("..a/b..")), ("é c:d", Some("é c:d"))] {
        assert_eq!(EntryName::new(name).unwrap().as_ref().map(EntryName::as_str), wanted, "{name:?}");
    }
}

#[test]
fn formats_go_by_the_name() {
    for (name, format, stem) in [
        ("a.zip", Some(Format::Zip), "a"),
        ("A.TAR.GZ", Some(Format::TarGz), "A"),
        ("a.b.tgz", Some(Format::TarGz), "a.b"),
        ("a.tar", Some(Format::Tar), "a"),
        ("a.gz", None, "a.gz"),
        ("zip", None, "zip"),
    ] {
        assert_eq!((Format::of(name), Format::stem(name)), (format, stem), "{name}");
    }
}
