//! `extends`: a service laid over another one, of the same file or of another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::canonical::canonical;
use super::document::{Document, Resets, Way};
use super::loader::{Loader, Origin, Scope, reason};
use super::merge::merge;
use super::paths::{Folder, is_remote, join, parent};
use super::problem::Problem;

/// Services that extend each other.
const LONGEST: usize = 100;

/// The services of a file, some of which may extend others.
pub(super) struct Services {
    origin: Origin,
    /// `services` or `jobs`.
    kind: &'static str,
    /// The folder that other files are named from.
    directory: PathBuf,
    own: Map<String, Value>,
    resets: Resets,
    /// Those that are resolved.
    done: RefCell<BTreeMap<String, Value>>,
}

impl Loader<'_> {
    /// Resolves all `extends` of a document.
    pub(super) fn extend(
        &self,
        kind: &'static str,
        document: &mut Value,
        resets: &Resets,
        origin: &Origin,
        scope: &Scope<'_>,
    ) -> Result<(), Problem> {
        let Some(Value::Object(own)) = document.get_mut(kind) else { return Ok(()) };
        if !own.values().any(|service| service.get("extends").is_some()) {
            return Ok(());
        }
        let services = Services {
            origin: origin.clone(),
            kind,
            directory: scope.directory.to_owned(),
            own: std::mem::take(own),
            resets: resets.clone(),
            done: RefCell::default(),
        };
        for name in services.own.keys() {
            let extended = self.extended(&services, name, &mut Vec::new(), scope)?;
            own.insert(name.clone(), extended);
        }
        Ok(())
    }

    /// A service laid over the one it extends.
    fn extended(
        &self,
        services: &Services,
        name: &str,
        trail: &mut Vec<(PathBuf, String)>,
        scope: &Scope<'_>,
    ) -> Result<Value, Problem> {
        let kind = services.kind;
        let problem = |message: String| services.origin.at(&[kind, name, "extends"], message);
        if let Some(done) = services.done.borrow().get(name) {
            self.budget.copy(done).map_err(problem)?;
            return Ok(done.clone());
        }
        let own = services.own.get(name).unwrap_or(&Value::Null);
        self.budget.copy(own).map_err(problem)?;
        let mut own = own.clone();
        let extends = own.as_object_mut().and_then(|keys| keys.remove("extends"));
        let extends = extends.filter(|extends| !extends.is_null());
        let Some(extends) = extends else { return Ok(own) };
        let (parent, file) = target(&extends).ok_or_else(|| {
            problem("must name a service, and a file if it is another one".to_owned())
        })?;
        let here = (services.origin.file.clone(), name.to_owned());
        if trail.contains(&here) {
            trail.push(here);
            return Err(problem(circle(trail)));
        }
        if trail.len() == LONGEST {
            return Err(problem(format!("more than {LONGEST} services extend each other")));
        }
        trail.push(here);
        let mut base = match file {
            None => self.parent(services, parent, trail, scope, &problem)?,
            Some(file) => {
                let others = self.services_of(services, file, scope, &problem)?;
                self.parent(&others, parent, trail, scope, &problem)?
            }
        };
        trail.pop();
        services.resets.apply(&[kind, name], &mut base);
        let mut way: Way = vec![kind.to_owned(), name.to_owned()];
        let merged = merge(base, own, &mut way).map_err(|fault| services.origin.problem(fault))?;
        self.budget.copy(&merged).map_err(problem)?;
        services.done.borrow_mut().insert(name.to_owned(), merged.clone());
        Ok(merged)
    }

    fn parent(
        &self,
        services: &Services,
        parent: &str,
        trail: &mut Vec<(PathBuf, String)>,
        scope: &Scope<'_>,
        problem: &dyn Fn(String) -> Problem,
    ) -> Result<Value, Problem> {
        if !services.own.contains_key(parent) {
            let file = services.origin.file.display();
            return Err(problem(format!("service {parent:?} not found in {file}")));
        }
        self.extended(services, parent, trail, scope)
    }

    /// The services of another file.
    fn services_of(
        &self,
        from: &Services,
        file: &str,
        scope: &Scope<'_>,
        problem: &dyn Fn(String) -> Problem,
    ) -> Result<Rc<Services>, Problem> {
        if is_remote(file) {
            return Err(problem(format!("{file} is not on this machine: it is not read")));
        }
        let path = join(&from.directory, file);
        if let Some(known) = scope.extended.borrow().get(&path) {
            return Ok(Rc::clone(known));
        }
        let text = self.read(&path).map_err(|error| {
            problem(format!("cannot read {}: {}", path.display(), reason(&error)))
        })?;
        let file = Self::parse(path.clone(), &text)?;
        let variable = |name: &str| scope.variables.get(name);
        let mut merged = Value::Object(Map::new());
        let mut last = None;
        for root in &file.documents {
            let origin = Origin { file: path.clone(), root: Rc::clone(root) };
            let mut document =
                Document::read(root, &variable, &self.budget).map_err(|flaw| flaw.within(&path))?;
            let own = document.value.get_mut(from.kind).map(Value::take);
            let mut own = Value::Object(Map::from_iter(own.map(|own| (from.kind.to_owned(), own))));
            canonical(&mut own).map_err(|fault| origin.problem(fault))?;
            document.resets.apply(&[], &mut merged);
            merged = merge(merged, own, &mut Way::new()).map_err(|fault| origin.problem(fault))?;
            last = Some((origin, document.resets));
        }
        let directory = parent(&path);
        Folder { directory: &directory, home: self.context.home.as_deref() }.rebase(&mut merged);
        let (Some((origin, resets)), Some(Value::Object(own))) =
            (last, merged.get_mut(from.kind).map(Value::take))
        else {
            return Err(problem(format!("{} has no {}", path.display(), from.kind)));
        };
        let services = Rc::new(Services {
            origin,
            kind: from.kind,
            directory,
            own,
            resets,
            done: RefCell::default(),
        });
        scope.extended.borrow_mut().insert(path, Rc::clone(&services));
        Ok(services)
    }
}

/// The service that is extended, and its file.
fn target(extends: &Value) -> Option<(&str, Option<&str>)> {
    match extends {
        Value::String(service) => Some((service, None)),
        Value::Object(keys) => {
            let file = keys.get("file").filter(|file| !file.is_null());
            let file = file.map(|file| file.as_str().ok_or(()));
            Some((keys.get("service")?.as_str()?, file.transpose().ok()?))
        }
        _ => None,
    }
}

fn circle(trail: &[(PathBuf, String)]) -> String {
    let steps = trail.iter().map(|(file, name)| format!("{name} in {}", file.display()));
    format!("Circular reference: {}", steps.collect::<Vec<_>>().join(" extends "))
}
