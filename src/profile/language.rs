//! A language: its rules, and the plans for compiling and running made from them.
use super::error::{ProfileError, ProgramError, Unavailable};
use super::file::{CompileFile, EntryRule, LanguageFile, OptionFile, RunFile, ToolchainFile};
use super::layout::{Layout, Placed, Program, Rules};
use super::load::Text;
use super::mounts;
use super::places;
use super::policy::Policy;
use super::template::{Piece, Values, expand, fill};
use super::toolchain::{Toolchain, discover};
use crate::model::{BoxName, Limits, LimitsRequest, Millis};
use crate::sandbox::SlotSpec;
use regex_lite::Regex;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A language profile.
#[derive(Debug)]
pub struct Language {
    id: String,
    name: String,
    source: BoxName,
    extensions: Vec<String>,
    detect: bool,
    entry: EntryRule,
    time_factor: f64,
    memory_factor: f64,
    limits: LimitsRequest,
    toolchain: ToolchainFile,
    found: OnceLock<Result<Toolchain, Unavailable>>,
    compile: Option<CompileStage>,
    run: Stage,
}

/// What compiling and running have in common.
#[derive(Debug)]
struct Stage {
    argv: Vec<Piece>,
    env: BTreeMap<String, Piece>,
    binds: Vec<String>,
    policy: Arc<Policy>,
    slot: OnceLock<Result<Arc<SlotSpec>, Unavailable>>,
}

#[derive(Debug)]
struct CompileStage {
    stage: Stage,
    args_allowed: Vec<Regex>,
    args_texts: Vec<String>,
    products: Vec<Product>,
    limits: LimitsRequest,
    options: Vec<OptionFile>,
    /// The arguments of those that hold here.
    given: OnceLock<Vec<String>>,
}

/// Files that compiling leaves in /box and that belong to the program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Product {
    pattern: String,
}

impl Product {
    /// Whether a file, named relative to /box, is meant.
    pub fn matches(&self, name: &BoxName) -> bool {
        let (directories, base) = name.as_str().rsplit_once('/').unwrap_or(("", name.as_str()));
        match self.pattern.rsplit_once('/') {
            None => directories.is_empty() && places::matches(&self.pattern, base),
            Some(("**", pattern)) => places::matches(pattern, base),
            Some((parents, pattern)) => parents == directories && places::matches(pattern, base),
        }
    }

    /// The name, where it is one file in /box.
    pub fn file(&self) -> Option<&str> {
        (!self.pattern.contains('*')).then_some(self.pattern.as_str())
    }
}

/// How to compile a program.
#[derive(Debug, Clone)]
pub struct CompilePlan {
    /// What to run it in. Equal plans' slots are the same allocation.
    pub slot: Arc<SlotSpec>,
    /// The program is an absolute path in the slot's root.
    pub argv: Vec<String>,
    /// The whole environment, `KEY=value`.
    pub env: Vec<String>,
    /// What to copy into /box first.
    pub files: Vec<Placed>,
    /// What to take out of it afterwards. It failed if one that names a file isn't there.
    pub products: Vec<Product>,
    /// The request's, over the profile's.
    pub limits: Limits,
}

/// How to run a program.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// What to run it in. Equal plans' slots are the same allocation.
    pub slot: Arc<SlotSpec>,
    /// The program is an absolute path in the slot's root.
    pub argv: Vec<String>,
    /// The whole environment, `KEY=value`.
    pub env: Vec<String>,
}

impl Language {
    pub(super) fn new(text: &Text, file: LanguageFile, policies: &BTreeMap<String, Arc<Policy>>) -> Result<Self, ProfileError> {
        let source = BoxName::new(&file.source).map_err(|e| text.value("source", &file.source, e.to_string()))?;
        for (key, factor) in [("time_factor", file.time_factor), ("memory_factor", file.memory_factor)] {
            if !factor.is_finite() || factor <= 0.0 {
                return Err(text.value(key, key, format!("{factor} is no factor")));
            }
        }
        if file.toolchain.commands.is_empty() {
            return Err(text.value("toolchain.commands", "commands", "needs at least one name".to_owned()));
        }
        let compile = file.compile.map(|c| CompileStage::new(text, c, policies)).transpose()?;
        Ok(Self {
            id: file.id,
            name: file.name,
            source,
            extensions: file.extensions,
            detect: file.detect,
            entry: file.entry,
            time_factor: file.time_factor,
            memory_factor: file.memory_factor,
            limits: file.limits,
            toolchain: file.toolchain,
            found: OnceLock::new(),
            compile,
            run: Stage::new(text, "run", file.run, policies)?,
        })
    }

    /// What requests call it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that a request's `source` becomes, and that is started where there are several.
    pub fn source(&self) -> &BoxName {
        &self.source
    }

    /// Endings of its files' names, without the dot.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Whether a file with this ending is taken for this language.
    pub(super) fn detects(&self, extension: &str) -> bool {
        self.detect && self.extensions.iter().any(|e| e == extension)
    }

    /// Whether programs are compiled before they are run.
    pub fn is_compiled(&self) -> bool {
        self.compile.is_some()
    }

    /// Whether [`Language::layout`] needs the sources' bytes (Java), or only their names.
    pub fn reads_sources(&self) -> bool {
        self.entry == EntryRule::Java
    }

    /// What a package's CPU time limits are multiplied by.
    pub fn time_factor(&self) -> f64 {
        self.time_factor
    }

    /// What a package's memory limits are multiplied by.
    pub fn memory_factor(&self) -> f64 {
        self.memory_factor
    }

    /// The limits that hold for a run: those asked for, exactly, and the profile's defaults times its factors for the rest;
    /// with `"scale": true` the factors hold for all.
    pub fn limits(&self, asked: LimitsRequest) -> Limits {
        let built_in = LimitsRequest { cpu_time_ms: Millis::new(2000.0), memory_bytes: Some(256 << 20), ..LimitsRequest::default() };
        let defaults = self.limits.or(built_in);
        if asked.scale == Some(true) {
            return asked.or(defaults).scaled(self.time_factor, self.memory_factor).resolve();
        }
        asked.or(defaults.scaled(self.time_factor, self.memory_factor)).resolve()
    }

    /// Its tools on this host. The first call looks for them, and blocks; so do the plans, whose first may run the profile's
    /// `prepare`, which can take a minute.
    pub fn toolchain(&self) -> Result<&Toolchain, Unavailable> {
        self.found.get_or_init(|| discover(&self.id, &self.toolchain)).as_ref().map_err(Clone::clone)
    }

    /// A program's files under their names, checked as far as can be without the host.
    pub fn layout(&self, program: &Program<'_>) -> Result<Layout, ProgramError> {
        let rules = Rules { source: &self.source, extensions: &self.extensions, entry: self.entry };
        let mut layout = rules.layout(program)?;
        for (i, arg) in program.compile_args.iter().enumerate() {
            let allowed = self.compile.as_ref().is_some_and(|c| c.args_allowed.iter().any(|r| r.is_match(arg)));
            if !allowed {
                return Err(ProgramError::new(format!("compile.args[{i}]"), self.refusal(arg)));
            }
        }
        layout.compile_args = program.compile_args.to_vec();
        Ok(layout)
    }

    fn refusal(&self, arg: &str) -> String {
        match &self.compile {
            None => format!("{arg:?}: {} is not compiled", self.name),
            Some(c) => format!("{arg:?} is not allowed by the profile `{}`; it allows {}", self.id, c.args_texts.join(" ")),
        }
    }

    /// Whether plans can be made without blocking: its tools were looked for, and each of its slots has been planned once.
    pub fn is_prepared(&self) -> bool {
        let compiler = self.compile.as_ref().is_none_or(|c| c.stage.slot.get().is_some());
        self.found.get().is_some() && compiler && self.run.slot.get().is_some()
    }

    /// How to compile a program; `None` where nothing is. Blocks on first use, see [`Language::toolchain`].
    pub fn compile_plan(&self, layout: &Layout, asked: LimitsRequest) -> Result<Option<CompilePlan>, Unavailable> {
        let Some(compile) = &self.compile else {
            return Ok(None);
        };
        let toolchain = self.toolchain()?;
        let limits = asked.or(compile.limits).resolve();
        let units: Vec<String> = layout.units.iter().map(|u| format!("./{u}")).collect();
        let entry = layout.entry.as_ref().map(|e| format!("./{e}")).unwrap_or_default();
        let exists = |o: &&OptionFile| o.exists.iter().any(|p| !places::find(p).is_empty());
        let options = compile.given.get_or_init(|| compile.options.iter().filter(exists).flat_map(|o| o.args.clone()).collect());
        let values = Values { entry: &entry, units: &units, args: &layout.compile_args, options, ..values(toolchain, layout, &limits) };
        Ok(Some(CompilePlan {
            slot: compile.stage.slot(self, toolchain)?,
            argv: expand(&compile.stage.argv, &values),
            env: compile.stage.env(&values),
            files: layout.files.clone(),
            products: compile.products.clone(),
            limits,
        }))
    }

    /// How to run a program. Blocks on first use, see [`Language::toolchain`].
    pub fn run_plan(&self, layout: &Layout, args: &[String], limits: &Limits) -> Result<RunPlan, Unavailable> {
        let toolchain = self.toolchain()?;
        let units: Vec<String> = layout.units.iter().map(|u| format!("/app/{u}")).collect();
        let entry = layout.entry.as_ref().map(|e| format!("/app/{e}")).unwrap_or_default();
        let values = Values { entry: &entry, units: &units, args, ..values(toolchain, layout, limits) };
        Ok(RunPlan { slot: self.run.slot(self, toolchain)?, argv: expand(&self.run.argv, &values), env: self.run.env(&values) })
    }
}

fn values<'a>(toolchain: &'a Toolchain, layout: &'a Layout, limits: &Limits) -> Values<'a> {
    Values {
        tool: toolchain.tool(),
        root: toolchain.root(),
        main: &layout.main,
        memory_bytes: limits.memory_bytes,
        stack_bytes: limits.stack_bytes,
        ..Values::default()
    }
}

impl CompileStage {
    fn new(text: &Text, file: CompileFile, policies: &BTreeMap<String, Arc<Policy>>) -> Result<Self, ProfileError> {
        let mut args_allowed = Vec::new();
        for (i, pattern) in file.args_allowed.iter().enumerate() {
            let whole = Regex::new(&format!(r"\A(?:{pattern})\z"));
            args_allowed.push(whole.map_err(|e| text.value(&format!("compile.args_allowed[{i}]"), pattern, e.to_string()))?);
        }
        for (i, pattern) in file.products.iter().enumerate() {
            if BoxName::new(pattern).is_err() {
                return Err(text.value(&format!("compile.products[{i}]"), pattern, "must be a relative path".to_owned()));
            }
        }
        let run = RunFile { argv: file.argv, binds: file.binds, policy: file.policy, env: file.env };
        Ok(Self {
            stage: Stage::new(text, "compile", run, policies)?,
            args_allowed,
            args_texts: file.args_allowed,
            products: file.products.into_iter().map(|pattern| Product { pattern }).collect(),
            limits: file.limits,
            options: file.option,
            given: OnceLock::new(),
        })
    }
}

impl Stage {
    fn new(text: &Text, key: &str, file: RunFile, policies: &BTreeMap<String, Arc<Policy>>) -> Result<Self, ProfileError> {
        let piece = |key: String, value: &str| Piece::parse(value).map_err(|e| text.value(&key, value, e));
        let argv = file.argv.iter().enumerate().map(|(i, a)| piece(format!("{key}.argv[{i}]"), a)).collect::<Result<Vec<_>, _>>()?;
        let env =
            file.env.iter().map(|(k, v)| Ok((k.clone(), piece(format!("{key}.env.{k}"), v)?))).collect::<Result<_, ProfileError>>()?;
        if !matches!(argv.first(), Some(Piece::One(_))) {
            return Err(text.value(&format!("{key}.argv"), "argv", "must begin with a program".to_owned()));
        }
        for (i, bind) in file.binds.iter().enumerate() {
            if !bind.starts_with('/') || bind.split('/').any(|c| c == "..") || bind == "/" {
                return Err(text.value(&format!("{key}.binds[{i}]"), bind, "must be an absolute path below /".to_owned()));
            }
        }
        let policy = policies
            .get(&file.policy)
            .ok_or_else(|| text.value(&format!("{key}.policy"), &file.policy, format!("there is no policy `{}`", file.policy)))?;
        if !policy.starts_programs() {
            let message = format!("`{}` does not allow execve, so that nothing could be started; `native` does", file.policy);
            return Err(text.value(&format!("{key}.policy"), &file.policy, message));
        }
        Ok(Self { argv, env, binds: file.binds, policy: Arc::clone(policy), slot: OnceLock::new() })
    }

    fn slot(&self, language: &Language, toolchain: &Toolchain) -> Result<Arc<SlotSpec>, Unavailable> {
        let made = self.slot.get_or_init(|| {
            let filters = self.policy.filters().map_err(|e| Unavailable {
                language: language.id.clone(),
                reason: e.to_string(),
                hint: "correct the policy's file".to_owned(),
            })?;
            let root = mounts::root(&self.binds, toolchain)?;
            let policy = self.policy.id().to_owned();
            Ok(Arc::new(SlotSpec {
                root,
                policy,
                filters: filters.to_vec(),
                ipc_objects: self.policy.ipc_objects(),
                lockdown: self.policy.lockdown(),
            }))
        });
        made.clone()
    }

    fn env(&self, values: &Values<'_>) -> Vec<String> {
        let standard = [("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", "/usr/local/bin:/usr/bin:/bin")];
        let mut env: BTreeMap<&str, String> = standard.into_iter().map(|(k, v)| (k, v.to_owned())).collect();
        for (key, piece) in &self.env {
            if let Piece::One(parts) = piece {
                env.insert(key, fill(parts, values));
            }
        }
        env.into_iter().map(|(k, v)| format!("{k}={v}")).collect()
    }
}
