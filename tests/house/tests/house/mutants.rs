//! The list of promises broken on purpose (`shared/sim/mutants.toml`) applies to the sources as they are. Running it takes
//! long; that a mutant went stale is seen here at once.

use std::collections::BTreeSet;
use tallyman_house::root;

fn mutants() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(root().join("shared/sim/mutants.toml")).unwrap();
    let list: toml::Table = text.parse().unwrap();
    list["mutant"].as_array().unwrap().iter().map(|mutant| mutant.as_table().unwrap().clone()).collect()
}

fn text<'m>(mutant: &'m toml::Table, field: &str) -> &'m str {
    mutant[field].as_str().unwrap()
}

#[test]
fn every_mutant_finds_its_place_exactly_once_and_changes_it() {
    let mutants = mutants();
    assert!(mutants.len() >= 30, "{}", mutants.len());
    for mutant in &mutants {
        let (name, file) = (text(mutant, "name"), text(mutant, "file"));
        let source = std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{name}: {file}: {e}"));
        let places = source.matches(text(mutant, "search")).count();
        assert_eq!(places, 1, "{name}: {places} places in {file}; move it to where the rule went");
        assert_ne!(text(mutant, "search"), text(mutant, "replace"), "{name} changes nothing");
    }
}

#[test]
fn every_mutant_has_a_name_of_its_own_and_says_which_promise_it_breaks() {
    let mutants = mutants();
    let names: BTreeSet<&str> = mutants.iter().map(|mutant| text(mutant, "name")).collect();
    assert_eq!(names.len(), mutants.len());
    assert!(mutants.iter().all(|mutant| !text(mutant, "promise").is_empty()));
}
