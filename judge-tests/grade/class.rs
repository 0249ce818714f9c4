//! A problem and thirty students.
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What must come of a submission.
#[derive(Clone, Copy)]
pub enum Expect {
    Verdict(&'static str, f64),
    /// It can't be judged, and the reason has this in it.
    Problem(&'static str),
}
use Expect::{Problem, Verdict};

pub struct Student {
    pub key: &'static str,
    pub expect: Expect,
}

const fn student(key: &'static str, expect: Expect) -> Student {
    Student { key, expect }
}

/// How many tests the problem has.
pub const TESTS: usize = 6;
/// Stands in the secret inputs only.
pub const SECRET: &str = "918273";

pub const IMG: &str = "<img src=x onerror=\"document.documentElement.dataset.owned='name'\">.py";
pub const RTL: &str = "zz\u{202e}yp.exe.py";
pub const FORMULA: &str = "=cmd|' C calc'!A0.py";

/// The thirty: 24 that are judged and 6 that can't be.
pub const STUDENTS: [Student; 30] = [
    student("Ada.py", Verdict("AC", 100.0)),
    student("Bert.py", Verdict("AC", 100.0)),
    student("Cleo.c", Verdict("AC", 100.0)),
    student("Dora.cpp", Verdict("AC", 100.0)),
    student("Emil", Verdict("AC", 100.0)),
    student("Flo.zip", Verdict("AC", 100.0)),
    student("Gus.tar.gz", Verdict("AC", 100.0)),
    student("Hana Sato_4711", Verdict("AC", 100.0)),
    student("Ivo Krek_4712", Verdict("WA", 0.0)),
    student("Jana_4713", Verdict("AC", 100.0)),
    student("Karl.py", Verdict("WA", 0.0)),
    student("Lena.py", Verdict("WA", 0.0)),
    student("Mia.c", Verdict("TLE", 40.0)),
    student("Nils.c", Verdict("CE", 0.0)),
    student("Olga.cpp", Verdict("CE", 0.0)),
    student("Paul.py", Verdict("RE", 40.0)),
    student("Quin.c", Verdict("RE", 0.0)),
    student("Rosa.py", Verdict("WA", 0.0)),
    student("Sven", Problem("no file in it")),
    student("Tina", Problem("several files could be started (a.py, b.py)")),
    student("Udo", Problem("several languages: cpp17 (b.cpp), python3 (a.py)")),
    student("Vera.docx", Problem("no file has a known language's ending")),
    student("Willi.zip", Problem("its name has a `..`")),
    student("Xena", Problem("is a link")),
    student(IMG, Verdict("AC", 100.0)),
    student(RTL, Verdict("AC", 100.0)),
    student(FORMULA, Verdict("AC", 100.0)),
    student("Yuri.py", Verdict("WA", 0.0)),
    student("Zoe.py", Verdict("WA", 0.0)),
    student("Bob.sh", Verdict("AC", 100.0)),
];

pub const RIGHT: &str = "n = int(input())\nxs = list(map(int, input().split()))\nprint(sum(xs))\nprint(max(xs))\n";
const RIGHT_C: &str = "#include <stdio.h>\nint main(void) {\n  long long n, x, sum = 0, max = -1;\n  scanf(\"%lld\", &n);\n  while (n-- > 0) {\n    scanf(\"%lld\", &x);\n    sum += x;\n    if (x > max) max = x;\n  }\n  printf(\"%lld\\n%lld\\n\", sum, max);\n}\n";
/// What hostile outputs and messages are made of: it would tell on itself if it were run.
pub const MARKUP: &str =
    "</script><script>document.documentElement.dataset.owned='text'</script><svg onload=\"document.documentElement.dataset.owned='svg'\">";

fn put(root: &Path, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
    let path = root.join(Path::new(name.as_ref()));
    fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
    fs::write(&path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// A scoring problem: print the sum and the greatest of some numbers. An example, a group of three and one of two.
pub fn package(root: &Path) {
    let test = |name: &str, numbers: &[u64]| {
        let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        put(root, format!("data/{name}.in"), format!("{}\n{}\n", numbers.len(), list.join(" ")));
        let (sum, max) = (numbers.iter().sum::<u64>(), numbers.iter().max().expect("some"));
        put(root, format!("data/{name}.ans"), format!("{sum}\n{max}\n"));
    };
    let yaml = "problem_format_version: 2025-09\nname: Sum of Heights\nuuid: 1d2f8f0c-5b0a-4a51-9d0b-0c5f5c5c1b99\n\
                type: scoring\nlimits:\n  time_limit: 2.0\n  memory: 256\n";
    put(root, "problem.yaml", yaml);
    put(root, "data/secret/1-small/test_group.yaml", "max_score: 40\nscore_aggregation: pass-fail\n");
    put(root, "data/secret/2-large/test_group.yaml", "max_score: 60\nscore_aggregation: pass-fail\n");
    test("sample/1", &[3, 4]);
    test("secret/1-small/1", &[7]);
    test("secret/1-small/2", &[1, 2, 918_273]);
    test("secret/1-small/3", &[5, 5, 5, 5]);
    test("secret/2-large/1", &(1..3000).collect::<Vec<_>>());
    test("secret/2-large/2", &(1..3000).map(|i| i * 1_918_273).collect::<Vec<_>>());
}

pub fn students(root: &Path) {
    put(root, "Ada.py", RIGHT);
    put(root, "Bert.py", "import sys\nd = list(map(int, sys.stdin.read().split()))[1:]\nprint(sum(d), max(d))\n");
    put(root, "Cleo.c", RIGHT_C);
    put(root, "Dora.cpp", RIGHT_C.replace("<stdio.h>", "<cstdio>").replace("main(void)", "main()"));
    put(root, "Emil/hw/main.py", "import util\nutil.go()\n");
    put(root, "Emil/hw/util.py", format!("def go():\n    {}\n", RIGHT.trim().replace('\n', "\n    ")));
    put(root, "Emil/hw/.git/HEAD", "ref: x");
    put(root, "Flo.zip", zip(&[("hw/solution.py", RIGHT), ("__MACOSX/hw/._solution.py", "x")]));
    put(root, "Gus.tar.gz", tar_gz(&[("./sol.c", &RIGHT_C.replace("<stdio.h>", "\"lib.h\"")), ("./lib.h", "#include <stdio.h>\n")]));
    put(root, "Hana Sato_4711_assignsubmission_file_/hw1.zip", zip(&[("hw1/Hana.py", RIGHT)]));
    put(root, "Ivo Krek_4712_assignsubmission_file_/ivo.py", RIGHT.replace("max(xs)", "min(xs)"));
    put(root, "Jana_4713_assignsubmission_file_jana.py", RIGHT);
    put(root, "Karl.py", RIGHT.replace("print(max(xs))\n", ""));
    put(root, "Lena.py", RIGHT.replace("sum(xs)", "sum(xs) % 100000"));
    put(root, "Mia.c", RIGHT_C.replace("  while (n--", "  for (volatile int i = 0; n > 100; i = 1 - i) {}\n  while (n--"));
    put(root, "Nils.c", RIGHT_C.replace("sum = 0", "sum = O"));
    put(root, "Olga.cpp", format!("#error {MARKUP}\n"));
    put(root, "Paul.py", RIGHT.replace("print(sum", "if n > 100: xs[n]\nprint(sum"));
    put(root, "Quin.c", "int main(void) { *(volatile int *)0 = 1; }\n");
    put(root, "Rosa.py", "");
    fs::create_dir_all(root.join("Sven")).expect("mkdir");
    put(root, "Tina/a.py", RIGHT);
    put(root, "Tina/b.py", RIGHT);
    put(root, "Udo/a.py", RIGHT);
    put(root, "Udo/b.cpp", "int main() {}\n");
    put(root, "Vera.docx", "PK\u{3}\u{4}");
    // A stand-in of the same length, as a zip's writer may clean names; they are not part of any checksum.
    let hostile = zip(&[("aaaaaaescaped", "x"), ("main.py", RIGHT)]);
    put(root, "Willi.zip", replaced(hostile, b"aaaaaaescaped", b"../../escaped"));
    put(root, "Xena/main.py", RIGHT);
    symlink("../../heights/data/secret/1-small/2.ans", root.join("Xena/answer.txt")).expect("symlink");
    put(root, IMG, RIGHT);
    put(root, RTL, RIGHT);
    put(root, FORMULA, RIGHT);
    put(
        root,
        "Yuri.py",
        format!(
            "import sys\nsys.stdout.buffer.write(b'''{}\\x1b[31m \\xff\\xfe \\x00 \\xe2\\x80\\xae rtl\\n''' * 3)\n",
            MARKUP.replace('\'', "\\'")
        ),
    );
    put(root, "Zoe.py", "print('<b>' * 400000)\n");
    put(root, "Bob.sh", "read n; s=0; m=0\nread -a xs\nfor x in \"${xs[@]}\"; do ((s += x)); ((x > m)) && m=$x; done\necho $s $m\n");
}

fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|i| bytes[*i..].starts_with(from)).collect();
    assert_eq!(places.len(), 2, "in the entry and in the directory");
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
        writer.write_all(text.as_bytes()).expect("write");
    }
    writer.finish().expect("a zip").into_inner()
}

fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).expect("append");
    }
    builder.into_inner().expect("tar").finish().expect("gzip")
}
