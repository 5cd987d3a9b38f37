//! Commands that change the spec of objects: `scale`, `patch`, `label`, `annotate`,
//! `rollout restart` and `set image`.

use super::arguments::{Arguments, wrong_value};
use super::resources::{is_selecting, kind, nodes, targets};
use super::selectors::{is_change, label_changes};
use super::{Context, Refusal, list};
use crate::model::{Command, Edit, Name, ResourceKind, Target};
use crate::scenario::parse::parse;
use crate::scenario::problem::{Problems, Sources, quote};
use crate::scenario::suggest::did_you_mean;

pub(super) fn scale(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let kinds = [
        ResourceKind::Deployment,
        ResourceKind::ReplicaSet,
        ResourceKind::StatefulSet,
    ];
    let targets = targets(&arguments.words, arguments)?;
    check_kinds("scale", &targets, &kinds)?;
    let Some(replicas) = arguments.number::<i32>("replicas")? else {
        return Err(Refusal::new("the flag `--replicas` is missing"));
    };
    if replicas < 0 {
        return Err(wrong_value("replicas", "a number of at least 0", replicas));
    }
    let edit = Edit::Scale(replicas);
    Ok(vec![Command::Edit { targets, edit }])
}

pub(super) fn rollout_restart(
    arguments: &Arguments,
    context: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let kinds = [
        ResourceKind::Deployment,
        ResourceKind::DaemonSet,
        ResourceKind::StatefulSet,
    ];
    let targets = targets(&arguments.words, arguments)?;
    check_kinds("rollout restart", &targets, &kinds)?;
    let edit = Edit::RestartedAt(context.wall_clock.as_str().into());
    Ok(vec![Command::Edit { targets, edit }])
}

pub(super) fn set_image(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let kinds = [
        ResourceKind::Pod,
        ResourceKind::Job,
        ResourceKind::CronJob,
        ResourceKind::DaemonSet,
        ResourceKind::Deployment,
        ResourceKind::ReplicaSet,
        ResourceKind::StatefulSet,
    ];
    let (objects, pairs) = halves(&arguments.words, |word| word.contains('='));
    let targets = targets(objects, arguments)?;
    check_kinds("set image", &targets, &kinds)?;
    let pair = |word: &String| {
        let halves = word
            .split_once('=')
            .filter(|(name, image)| !name.is_empty() && !image.is_empty());
        let (container, image) = halves.ok_or_else(|| {
            let message = format!("expected CONTAINER=IMAGE, found {}", quote(word));
            Refusal::new(message)
        })?;
        Ok((container.into(), image.into()))
    };
    let images: Vec<(Name, Name)> = pairs.iter().map(pair).collect::<Result<_, Refusal>>()?;
    if images.is_empty() {
        let refusal = Refusal::new("no image is given");
        return Err(refusal.with_hint("write CONTAINER=IMAGE, or `*=IMAGE` for all containers"));
    }
    let edit = Edit::SetImage(images);
    Ok(vec![Command::Edit { targets, edit }])
}

pub(super) fn patch(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let targets = targets(&arguments.words, arguments)?;
    if targets.len() > 1 {
        return Err(Refusal::new("`patch` takes the name of one object"));
    }
    let Some(text) = arguments.value("patch") else {
        return Err(Refusal::new("the flag `-p` is missing").with_hint("-p '{\"spec\": …}'"));
    };
    let json = patch_json(text)?;
    let body: Name = json.to_string().into();
    let (edit, wants_list) = match arguments.value("type").unwrap_or("strategic") {
        "strategic" => (Edit::StrategicPatch(body), false),
        "merge" => (Edit::MergePatch(body), false),
        "json" => (Edit::JsonPatch(body), true),
        other => {
            let types = ["strategic", "merge", "json"];
            let refusal = wrong_value("type", "one of `strategic`, `merge`, `json`", other);
            return Err(match did_you_mean(other, types) {
                Some(meant) => refusal.with_hint(format!("did you mean {}?", quote(meant))),
                None => refusal,
            });
        }
    };
    let fits = if wants_list {
        json.is_array()
    } else {
        json.is_object()
    };
    if !fits {
        let wanted = if wants_list {
            "a list of operations"
        } else {
            "a map"
        };
        return Err(wrong_value("patch", wanted, text));
    }
    Ok(vec![Command::Edit { targets, edit }])
}

/// The patch, which may be JSON or YAML.
fn patch_json(text: &str) -> Result<serde_json::Value, Refusal> {
    let mut sources = Sources::new();
    let source = sources.add("patch", text);
    let mut problems = Problems::new();
    let documents = parse(&sources, source, &mut problems);
    if let Some(problem) = problems.iter().next() {
        return Err(Refusal::new(format!(
            "the patch is at fault: {}",
            problem.message
        )));
    }
    match documents.as_slice() {
        [document] => Ok(document.to_json()),
        _ => Err(wrong_value("patch", "one JSON or YAML value", text)),
    }
}

pub(super) fn label(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let (objects, changes) = halves(&arguments.words, is_change);
    let labels = label_changes(changes, true)?;
    if let Some(names) = names_of_nodes(objects)? {
        let nodes = nodes(names, arguments)?;
        let overwrite = arguments.switch("overwrite")?;
        return Ok(vec![Command::LabelNodes {
            nodes,
            labels,
            overwrite,
        }]);
    }
    if is_selecting(arguments)? {
        return Err(Refusal::new(
            "`label` with a selector is for nodes here; name the objects",
        ));
    }
    let targets = targets(objects, arguments)?;
    let edit = Edit::Label(labels);
    Ok(vec![Command::Edit { targets, edit }])
}

pub(super) fn annotate(
    arguments: &Arguments,
    _: &mut Context<'_, '_>,
    _: &mut Problems,
) -> Result<Vec<Command>, Refusal> {
    let (objects, changes) = halves(&arguments.words, is_change);
    let edit = Edit::Annotate(label_changes(changes, false)?);
    arguments.switch("overwrite")?;
    let targets = targets(objects, arguments)?;
    Ok(vec![Command::Edit { targets, edit }])
}

/// The objects of a command line, and the changes that follow them.
fn halves(words: &[String], is_change: impl Fn(&str) -> bool) -> (&[String], &[String]) {
    let middle = words
        .iter()
        .position(|word| is_change(word))
        .unwrap_or(words.len());
    words.split_at(middle)
}

/// The words that name nodes, if the words are about nodes: `node a b`, `node/a node/b`, `nodes`.
fn names_of_nodes(words: &[String]) -> Result<Option<&[String]>, Refusal> {
    let Some(first) = words.first() else {
        return Ok(None);
    };
    let (kind_word, is_qualified) = match first.split_once('/') {
        Some((kind_word, _)) => (kind_word, true),
        None => (first.as_str(), false),
    };
    if kind(kind_word)? != ResourceKind::Node {
        return Ok(None);
    }
    Ok(Some(if is_qualified { words } else { &words[1..] }))
}

fn check_kinds(command: &str, targets: &[Target], kinds: &[ResourceKind]) -> Result<(), Refusal> {
    let other = targets.iter().find(|target| !kinds.contains(&target.kind));
    let Some(target) = other else {
        return Ok(());
    };
    let message = format!(
        "`kubectl {command}` cannot be used on a {}",
        target.kind.name()
    );
    let names = list(kinds.iter().map(|kind| kind.name()));
    Err(Refusal::new(message).with_hint(format!("its kinds are {names}")))
}
