//! Each object as the others see it.

use std::rc::Rc;

use fargate_operator::state::OtherObject;

use crate::config::Config;
use crate::memo::{Memo, Observation, Other};
use crate::real;
use crate::world::World;

pub fn other(world: &World, index: usize, memo: &mut Memo<'_>) -> Option<Rc<Other>> {
    let it = &world.objects[index];
    if it.gone {
        return None;
    }
    let key = (index, (it.spec, it.generation), (it.suspended, it.delete_first, it.deleting), it.status);
    if let Some(other) = memo.others.get(&key) {
        return Some(Rc::clone(other));
    }
    let seen = of_object(world, index, memo);
    let other = Rc::new(Other {
        spec: it.spec,
        delete_first: it.delete_first,
        deleting: it.deleting,
        in_gap: seen.in_gap,
        taken_back: seen.taken_back,
        held: seen.held,
    });
    memo.others.insert(key, Rc::clone(&other));
    Some(other)
}

fn of_object(world: &World, index: usize, memo: &Memo<'_>) -> OtherObject {
    let object = &world.objects[index];
    let subject = (real::object_name(index), i64::from(object.generation), object.deleting);
    let spec = real::spec((index, object), memo.config);
    OtherObject::of(subject, real::created(index), &spec, &memo.status(object.status))
}

/// The same in the operator's types.
pub fn of(told: &Observation, config: &Config) -> Vec<OtherObject> {
    let others = told.other_objects.iter().enumerate().filter_map(|(index, other)| Some((index, other.as_deref()?)));
    let rival = |(index, other): (usize, &Other)| {
        let Other { spec, delete_first, deleting, in_gap, taken_back, ref held } = *other;
        let object = crate::world::Object { spec, delete_first, ..crate::world::Object::default() };
        let spec = real::spec((index, &object), config);
        let subject = (real::object_name(index), 0, deleting);
        let plain = OtherObject::of(subject, real::created(index), &spec, &Default::default());
        OtherObject { in_gap, taken_back, held: held.clone(), ..plain }
    };
    others.map(rival).collect()
}
