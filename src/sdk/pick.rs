//! Finds many JSON pointers in one pass over a document, without building it: what is found are slices of it.
//! It must not know what the slices become.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A set of JSON pointers (RFC 6901), ready to be looked up.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    root: Node,
    slots: usize,
}

/// A place in the document: which pointers end here, and which go on.
#[derive(Debug, Default)]
struct Node {
    slots: Vec<usize>,
    children: Vec<(String, Node)>,
}

impl Node {
    /// Empties the slots of all pointers that lead through this place.
    fn forget(&self, found: &mut [Option<&str>]) {
        for &slot in &self.slots {
            found[slot] = None;
        }
        for (_, child) in &self.children {
            child.forget(found);
        }
    }
}

impl Picker {
    /// The `n`-th pointer fills the `n`-th slot of [`Picker::pick`].
    pub(crate) fn new<'p>(pointers: impl IntoIterator<Item = &'p str>) -> Self {
        let mut picker = Self::default();
        for pointer in pointers {
            let mut node = &mut picker.root;
            for step in pointer.split('/').skip(1) {
                let step = step.replace("~1", "/").replace("~0", "~");
                let at =
                    node.children.iter().position(|(name, _)| *name == step).unwrap_or_else(|| {
                        node.children.push((step, Node::default()));
                        node.children.len() - 1
                    });
                node = &mut node.children[at].1;
            }
            node.slots.push(picker.slots);
            picker.slots += 1;
        }
        picker
    }

    /// What each pointer finds; nothing where the path does not exist.
    pub(crate) fn pick<'j>(&self, document: &'j [u8]) -> Result<Vec<Option<&'j str>>, String> {
        let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
        let mut found = vec![None; self.slots];
        let mut json = serde_json::Deserializer::from_str(text);
        Seed { node: &self.root, found: &mut found }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|error| error.to_string())?;
        Ok(found)
    }

    /// The same for each object of a list, in one pass over all of it; `null`, which Go sends for an empty list, has
    /// none.
    pub(crate) fn pick_each(&self, body: Bytes) -> Result<Picked, String> {
        let text = std::str::from_utf8(&body).map_err(|error| error.to_string())?;
        let mut json = serde_json::Deserializer::from_str(text);
        let list = Objects { picker: self, start: text.as_ptr() as usize };
        let (count, places) = json
            .deserialize_any(list)
            .and_then(|found| json.end().map(|()| found))
            .map_err(|error| error.to_string())?;
        Ok(Picked { body, slots: self.slots, count, places })
    }
}

/// What was found in each object of a list.
#[derive(Debug)]
pub(crate) struct Picked {
    body: Bytes,
    slots: usize,
    count: usize,
    /// One for each slot of each object.
    places: Vec<Place>,
}

impl Picked {
    /// The list.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many objects it has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What each pointer found in the object of this number.
    pub(crate) fn of(&self, number: usize) -> Vec<Option<&str>> {
        let places = &self.places[number * self.slots..(number + 1) * self.slots];
        // the body is text, and places are whole values in it
        let text = |place: &Place| str::from_utf8(self.body.get(place.0.clone()?)?).ok();
        places.iter().map(text).collect()
    }
}

/// Where a value lies in the body, if there is one.
#[derive(Debug)]
struct Place(Option<Range<usize>>);

/// Walks a list of objects.
struct Objects<'p> {
    picker: &'p Picker,
    /// The address of the text.
    start: usize,
}

impl<'j> Visitor<'j> for Objects<'_> {
    type Value = (usize, Vec<Place>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((0, Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.picker.slots];
        let (mut count, mut places) = (0, Vec::new());
        while list
            .next_element_seed(Object(Seed { node: &self.picker.root, found: &mut found }))?
            .is_some()
        {
            count += 1;
            places.extend(found.iter_mut().map(|found| {
                Place(found.take().map(|text: &str| {
                    let start = text.as_ptr() as usize - self.start;
                    start..start + text.len()
                }))
            }));
        }
        Ok((count, places))
    }
}

/// Walks what must be an object.
struct Object<'n, 'f, 'j>(Seed<'n, 'f, 'j>);

impl<'j> DeserializeSeed<'j> for Object<'_, '_, 'j> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.node.slots.is_empty() {
            return deserializer.deserialize_map(self.0);
        }
        let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
        let mut inner = serde_json::Deserializer::from_str(raw.get());
        let walked = inner.deserialize_map(Seed { node: self.0.node, found: &mut *self.0.found });
        for &slot in &self.0.node.slots {
            self.0.found[slot] = Some(raw.get());
        }
        walked.map_err(serde::de::Error::custom)
    }
}

/// Walks one value of the document along a node.
struct Seed<'n, 'f, 'j> {
    node: &'n Node,
    found: &'f mut [Option<&'j str>],
}

impl<'j> DeserializeSeed<'j> for Seed<'_, '_, 'j> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.node.slots.is_empty() {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
        for &slot in &self.node.slots {
            self.found[slot] = Some(raw.get());
        }
        if self.node.children.is_empty() {
            return Ok(());
        }
        let mut inner = serde_json::Deserializer::from_str(raw.get());
        inner.deserialize_any(self).map_err(serde::de::Error::custom)
    }
}

impl<'j> Visitor<'j> for Seed<'_, '_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(Key(self.node))? {
            match child {
                Some(node) => {
                    // of two members of one name the last counts, as for PostgreSQL, with all that is in it
                    node.forget(self.found);
                    map.next_value_seed(Seed { node, found: self.found })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            let index = index.to_string();
            let more = match self.node.children.iter().find(|(name, _)| *name == index) {
                Some((_, node)) => {
                    list.next_element_seed(Seed { node, found: self.found })?.is_some()
                }
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    // a path that goes on below a scalar does not exist
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Finds the child of a node that a key names.
struct Key<'n>(&'n Node);

impl<'n, 'j> DeserializeSeed<'j> for Key<'n> {
    type Value = Option<&'n Node>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Key<'n> {
    type Value = Option<&'n Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.children.iter().find(|(name, _)| name == key).map(|(_, node)| node))
    }
}

/// The items of a JSON list as slices of the body; `null`, which Go sends for an empty list, has none.
///
/// # Errors
/// The body is neither a list nor `null`.
pub fn elements(body: &Bytes) -> Result<Vec<Bytes>, serde_json::Error> {
    let items: Option<Vec<&RawValue>> = serde_json::from_slice(body)?;
    Ok(items
        .unwrap_or_default()
        .into_iter()
        .map(|item| body.slice_ref(item.get().as_bytes()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(pointers: &[&str], document: &str) -> Vec<Option<String>> {
        let found = Picker::new(pointers.iter().copied()).pick(document.as_bytes()).unwrap();
        found.into_iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn pointers_find_values_at_any_depth_in_one_pass() {
        let document = r#"{"a":{"b":[10,{"c":"x"}],"d/e":1},"f":null,"g":2}"#;
        let found = pick(&["/a/b/1/c", "/a/d~1e", "/f", "/a", "", "/g/h", "/nope"], document);
        let expected = [
            Some(r#""x""#),
            Some("1"),
            Some("null"),
            Some(r#"{"b":[10,{"c":"x"}],"d/e":1}"#),
            Some(document),
            None,
            None,
        ];
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn the_same_pointer_may_be_asked_for_twice() {
        assert_eq!(pick(&["/a", "/a"], r#"{"a":1}"#), [Some("1".to_owned()), Some("1".to_owned())]);
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts_with_all_that_is_in_it() {
        let document = r#"{"a":{"b":1,"c":2},"d":3,"d":4,"a":{"c":5}}"#;
        let expected = [None, Some("5"), Some("4"), Some(r#"{"c":5}"#)];
        assert_eq!(
            pick(&["/a/b", "/a/c", "/d", "/a"], document),
            expected.map(|text| text.map(str::to_owned))
        );
    }

    #[test]
    fn depth_is_no_danger() {
        for depth in [1_000, 100_000] {
            let document = format!(r#"{{"a":{}{},"b":1}}"#, "[".repeat(depth), "]".repeat(depth));
            let found = pick(&["/a", "/a/0/0", "/b", ""], &document);
            assert_eq!(found[0].as_ref().map(String::len), Some(2 * depth));
            assert_eq!(found[1].as_ref().map(String::len), Some(2 * depth - 4));
            assert_eq!(found[2].as_deref(), Some("1"));
        }
    }

    #[test]
    fn broken_documents_are_errors() {
        let picker = Picker::new(["/a"]);
        assert!(picker.pick(br#"{"a":1"#).is_err());
        assert!(picker.pick(br#"{"a":1} x"#).is_err());
        assert!(picker.pick(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_list_is_picked_in_one_pass() {
        let body = Bytes::from_static(br#" [ {"a":{"b":"\u00e9"},"c":[1]}, {}, {"c":null} ] "#);
        let found = |pointers: &[&str]| {
            let picked = Picker::new(pointers.iter().copied()).pick_each(body.clone()).unwrap();
            let all = (0..picked.count()).map(|number| {
                picked
                    .of(number)
                    .into_iter()
                    .map(|text| text.map(str::to_owned))
                    .collect::<Vec<_>>()
            });
            all.collect::<Vec<_>>()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found(&["/a/b", "/c"]),
            [vec![text(r#""\u00e9""#), text("[1]")], vec![None, None], vec![None, text("null")]]
        );
        assert_eq!(found(&["", "/c/0"])[0], [text(r#"{"a":{"b":"\u00e9"},"c":[1]}"#), text("1")]);
        assert_eq!(found(&[]).len(), 3);
        for broken in ["{}", "[1]", "[{}", "[{}] x", "[{},]", "7", "[null]", r#"[{"a":tru}]"#] {
            for pointer in ["/a", ""] {
                let picker = Picker::new([pointer]);
                assert!(
                    picker.pick_each(Bytes::from_static(broken.as_bytes())).is_err(),
                    "{broken}"
                );
            }
        }
        let empty =
            |text: &'static str| Picker::new(["/a"]).pick_each(text.into()).unwrap().count();
        assert_eq!((empty("null"), empty("[]")), (0, 0));
    }

    #[test]
    fn elements_are_slices_and_null_is_empty() {
        let body = Bytes::from_static(br#"[ {"a":1}, 2 ]"#);
        let items = elements(&body).unwrap();
        assert_eq!(items, [Bytes::from_static(br#"{"a":1}"#), Bytes::from_static(b"2")]);
        assert_eq!(items[0].as_ptr(), body[2..].as_ptr());
        assert!(elements(&Bytes::from_static(b"null")).unwrap().is_empty());
        assert!(elements(&Bytes::from_static(b"{}")).is_err());
    }
}
