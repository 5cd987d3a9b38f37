//! The autoscaler's decisions, after upstream's own tables, and whole runs of small clusters.

mod decisions;
mod runs;

use crate::api::commit;
use crate::model::{Model, Name, Object};
use crate::scenario::{Options, load};
use crate::world::{Call, NodeId, Outcome, PodId, World};

/// The model of a scenario whose `spec` is these lines, indented by two.
fn model(spec: &str) -> Model {
    let text = format!(
        "apiVersion: podtime/v1\nkind: Scenario\nmetadata: {{name: test}}\nspec:\n{spec}\n"
    );
    let options = Options {
        stdin: Some(text.into_bytes()),
        ..Options::default()
    };
    match load(&["-".to_owned()], &options) {
        Ok(loaded) => loaded.model,
        Err(rejected) => panic!("{}", rejected.problems.display(&rejected.sources)),
    }
}

/// A cluster as it is at t = 0, without anybody to act.
fn world(model: &Model) -> World {
    let mut world = World::new(model.start_unix_nanos);
    for (index, pool) in model.pools.iter().enumerate() {
        world.create_pool(pool.clone());
        for _ in 0..pool.count {
            let call = Call::AddPoolNode {
                pool: index,
                ready: true,
            };
            assert_eq!(commit(&mut world, 1, call), Outcome::Done);
        }
    }
    for object in &model.objects {
        put(&mut world, object.clone());
    }
    while world.pop_change().is_some() {}
    world
}

fn put(world: &mut World, object: Object) {
    let call = Call::Put {
        object: Box::new(object),
        replace: true,
    };
    assert_eq!(commit(world, 1, call), Outcome::Done);
}

fn pod(world: &World, name: &str) -> PodId {
    world
        .pod_named(&Name::from("default"), &Name::from(name))
        .unwrap_or_else(|| panic!("there is no pod {name}"))
}

fn node(world: &World, name: &str) -> NodeId {
    world
        .node_named(name)
        .unwrap_or_else(|| panic!("there is no node {name}"))
}
