//! `apply`, `create`, `create job` and `delete`.

use super::arguments::{Arguments, wrong_value};
use super::resources::{
    both_name_and_selector, is_selecting, kind, matching, namespace_of, targets,
};
use super::{Context, Refusal};
use crate::model::{Cascade, Command, Name, Object, ResourceKind, Selection};
use crate::scenario::document::Node;
use crate::scenario::files::STDIN;
use crate::scenario::manifests;
use crate::scenario::names::{SUBDOMAIN_HINT, is_subdomain};
use crate::scenario::problem::{Problems, quote};
use crate::sim::Span;

pub(super) fn apply(
    arguments: &Arguments,
    context: &mut Context<'_, '_>,
    problems: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    Ok(vec![Command::Apply(objects(
        "apply", arguments, context, problems,
    )?)])
}

/// Refuses the many other things that kubectl creates; `rest` are the words behind `create`.
pub(super) fn check_create(rest: &[String], arguments: &Arguments) -> Result<(), Refusal> {
    match rest.first() {
        Some(word) if arguments.value("filename").is_none() => {
            let message = format!("`kubectl create {word}` is not known here");
            let hint = "known are `create -f FILE` and `create job NAME --from=cronjob/NAME`";
            Err(Refusal::new(message).with_hint(hint))
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn create(
    arguments: &Arguments,
    context: &mut Context<'_, '_>,
    problems: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    Ok(vec![Command::Create(objects(
        "create", arguments, context, problems,
    )?)])
}

/// The objects of the files that `-f` names.
fn objects(
    command: &str,
    arguments: &Arguments,
    context: &mut Context<'_, '_>,
    problems: &mut Problems,
) -> Result<Vec<Object>, Refusal> {
    let has_file = arguments.value("filename").is_some();
    if let Some(word) = arguments.words.first() {
        let message = format!(
            "{} does not belong into `kubectl {command} -f FILE`",
            quote(word)
        );
        let refusal = Refusal::new(message);
        return Err(if has_file {
            refusal
        } else {
            refusal.with_hint(format!("did you mean {}?", quote(&format!("-f {word}"))))
        });
    }
    let mut origins = Vec::new();
    for file in arguments
        .values("filename")
        .flat_map(|value| value.split(','))
    {
        if file == STDIN || file.contains("://") {
            return Err(wrong_value("filename", "a file", file));
        }
        manifests::find_in_file(file, context.field, context.files, problems, &mut origins);
    }
    if !has_file {
        return Err(Refusal::new("the flag `-f` is missing"));
    }
    let mut found = Vec::new();
    for origin in &origins {
        // Every object is in a file, so the root of the scenario is not looked at.
        let Some(node) = origin.node(context.field.node, context.files) else {
            continue;
        };
        check_namespace(node, arguments)?;
        found.extend(manifests::decode_one(
            node,
            &origin.path_text(),
            arguments.namespace()?,
            context.passed_over,
            problems,
        ));
    }
    Ok(found)
}

/// kubectl refuses an object that names another namespace than `-n`.
fn check_namespace(node: &Node, arguments: &Arguments) -> Result<(), Refusal> {
    let own = node
        .at_path(["metadata", "namespace"])
        .and_then(Node::as_str);
    match (own, arguments.value("namespace")) {
        (Some(own), Some(given)) if own != given => Err(Refusal::new(format!(
            "an object in the file is in the namespace {}, and `-n` says {}",
            quote(own),
            quote(given)
        ))),
        (_, _) => Ok(()),
    }
}

pub(super) fn create_job(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let hint = "write `create job NAME --from=cronjob/NAME`";
    let [job] = arguments.words.as_slice() else {
        return Err(Refusal::new("expected one name for the new Job").with_hint(hint));
    };
    let Some(from) = arguments.value("from") else {
        return Err(Refusal::new("the flag `--from` is missing").with_hint(hint));
    };
    let cronjob = match from.split_once('/') {
        Some((kind_word, name)) if kind(kind_word)? == ResourceKind::CronJob => name,
        Some(_) | None => return Err(wrong_value("from", "cronjob/NAME", from)),
    };
    for name in [job.as_str(), cronjob] {
        if !is_subdomain(name) {
            let refusal = Refusal::new(format!("{} is not the name of an object", quote(name)));
            return Err(refusal.with_hint(SUBDOMAIN_HINT));
        }
    }
    Ok(vec![Command::CreateJobFrom {
        namespace: arguments.namespace()?.into(),
        cronjob: cronjob.into(),
        job: job.as_str().into(),
    }])
}

pub(super) fn delete(
    arguments: &Arguments,
    context: &mut Context<'_, '_>,
    problems: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let manner = Manner::read(arguments)?;
    if arguments.value("filename").is_some() {
        let objects = objects("delete", arguments, context, problems)?;
        let named = objects.iter().filter_map(|object| {
            let (kind_name, namespace, name) = manifests::identity(object);
            Some((kind(kind_name).ok()?, namespace.into(), name.into()))
        });
        return Ok(manner.commands(named.collect()));
    }
    let words = &arguments.words;
    if !is_selecting(arguments)? {
        let targets = targets(words, arguments)?;
        let named = targets
            .into_iter()
            .map(|target| (target.kind, target.namespace, target.name));
        return Ok(manner.commands(named.collect()));
    }
    let [kinds] = words.as_slice() else {
        return Err(if words.is_empty() {
            Refusal::new("the kind of the objects is missing")
        } else {
            both_name_and_selector()
        });
    };
    let one = |word: &str| {
        let kind = kind(word)?;
        let selection = matching(kind, arguments)?;
        Ok(manner.command(kind, namespace_of(kind, arguments)?, selection))
    };
    kinds.split(',').map(one).collect()
}

/// How objects are deleted.
struct Manner {
    cascade: Cascade,
    grace: Option<Span>,
    force: bool,
}

impl Manner {
    fn read(arguments: &Arguments) -> Result<Self, Refusal> {
        let cascade = match arguments.value("cascade").unwrap_or("background") {
            // `true` and `false` are what the flag took before it knew words.
            "background" | "true" => Cascade::Background,
            "foreground" => Cascade::Foreground,
            "orphan" | "false" => Cascade::Orphan,
            other => {
                let wanted = "one of `background`, `foreground`, `orphan`";
                return Err(wrong_value("cascade", wanted, other));
            }
        };
        let force = arguments.switch("force")?;
        // As kubectl's delete.go: zero is for `--force` only, and one second otherwise.
        let grace = match (arguments.grace_period()?, force) {
            (Some(grace), true) if !grace.is_zero() => {
                let message = "`--force` and a `--grace-period` above 0 cannot be given together";
                return Err(Refusal::new(message));
            }
            (Some(grace), false) if grace.is_zero() => Some(Span::from_secs(1)),
            (None, true) => Some(Span::ZERO),
            (grace, _) => grace,
        };
        Ok(Self {
            cascade,
            grace,
            force,
        })
    }

    fn command(&self, kind: ResourceKind, namespace: Name, selection: Selection) -> Command {
        Command::Delete {
            kind,
            namespace,
            selection,
            cascade: self.cascade,
            grace: self.grace,
            force: self.force,
        }
    }

    /// One command for each run of objects of the same kind and namespace.
    fn commands(&self, objects: Vec<(ResourceKind, Name, Name)>) -> Vec<Command> {
        let mut groups: Vec<(ResourceKind, Name, Vec<Name>)> = Vec::new();
        for (kind, namespace, name) in objects {
            match groups.last_mut() {
                Some((last, own, names)) if *last == kind && *own == namespace => names.push(name),
                Some(_) | None => groups.push((kind, namespace, vec![name])),
            }
        }
        let command =
            |(kind, namespace, names)| self.command(kind, namespace, Selection::Names(names));
        groups.into_iter().map(command).collect()
    }
}
