//! Neither `Debug` nor `Serialize` of a generated type prints a secret, except that `Serialize` writes the secrets of a request.

struct Probe<T>(std::marker::PhantomData<T>);

trait NoSerialize<T> {
    fn written(&self, _: &T) -> Option<String> {
        None
    }
}

impl<T> NoSerialize<T> for &Probe<T> {}

// Takes precedence over the trait's method wherever `T` has `Serialize`.
impl<T: serde::Serialize> Probe<T> {
    fn written(&self, value: &T) -> Option<String> {
        Some(serde_json::to_string(value).unwrap())
    }
}

macro_rules! check {
    ($type:ty, $sent:expr, $json:expr) => {{
        let name = stringify!($type);
        let value: $type = serde_json::from_str($json).unwrap_or_else(|error| panic!("{name}: {error}: {}", $json));
        assert!(!format!("{value:?} {value:#?}").contains("canary"), "{name} prints: {value:?}");
        #[allow(clippy::needless_borrow)]
        let written = (&Probe::<$type>(std::marker::PhantomData)).written(&value);
        let count = |text: &str| text.matches("canary").count();
        match written {
            Some(text) if $sent => assert_eq!(count(&text), count($json), "{name}: {text}"),
            Some(text) => panic!("{name}: only responses contain it, but it has `Serialize`: {text}"),
            None => assert!(!$sent, "{name}: a request contains it, but it has no `Serialize`"),
        }
    }};
}

/// `Debug` never shows the canary. For a type that a request contains, `Serialize` writes the canary as many times as the value
/// holds it; a type that only responses contain has no `Serialize`.
#[test]
fn no_generated_type_prints_its_secrets() {
    let types: usize = include!(concat!(env!("OUT_DIR"), "/canary.rs"));
    assert!(types >= 40, "{types} types with a secret");
}
