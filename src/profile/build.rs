//! Cargo's build script: reads the built-in profiles when assize is built, so that it need not do so whenever it starts. As JSON they are
//! read in a tenth of the time that TOML takes, which for the policies of `assize run` alone is 0.17 ms.
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=profiles");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let mut table = String::from("static BUILT_IN: &[BuiltIn] = &[\n");
    // Beside them, in `hosts/`, lies what is for an administrator to install.
    for room in ["languages", "policies"] {
        let mut files =
            fs::read_dir(root.join("profiles").join(room))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
        files.sort();
        for file in files {
            let path = file.strip_prefix(&root)?.display().to_string();
            let json = json(&file).map_err(|e| format!("{path}: {e}"))?;
            writeln!(table, "    BuiltIn {{ path: {path:?}, text: include_str!({:?}), json: {json:?} }},", file.display().to_string())?;
        }
    }
    table.push_str("];\n");
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("built_in.rs"), table)?;
    Ok(())
}

fn json(file: &Path) -> Result<String, Box<dyn Error>> {
    let table: toml::Table = toml::from_str(&fs::read_to_string(file)?)?;
    Ok(serde_json::to_string(&table)?)
}
