//! All pages of a list: how the next page is requested, and the responses that do not end the list.

use std::sync::{Arc, Mutex};

use hb_portal::{CallError, Client, http};
use hb_portal_sandbox::{Fault, Operation, Sandbox};

use super::responding;

/// Reads all pages. Returns the ids, and the error that ended the stream, if any.
async fn all(client: &Client) -> (Vec<String>, Option<CallError>) {
    let mut stream = client.webhooks().list().stream();
    let mut ids = Vec::new();
    while let Some(endpoint) = stream.next().await {
        match endpoint {
            Ok(endpoint) => ids.push(endpoint.id.unwrap().to_string()),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error ends the stream");
                return (ids, Some(error));
            }
        }
    }
    (ids, None)
}

fn page(number: usize, ids: &[usize], more: &str) -> String {
    let items: Vec<String> = ids.iter().map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    format!(r#"{{"data":[{}],"meta":{{"current_page":{number}}},{more}}}"#, items.join(","))
}

#[tokio::test]
async fn every_page_is_read_by_its_number() {
    let next = |url: &str| format!(r#""links":{{"next":{url}}}"#);
    for more in [next(r#""https://evil.example/?page=9""#), r#""meta":{"last_page":3}"#.to_owned()] {
        let numbers = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&numbers);
        let client = responding(move |number| {
            seen.lock().unwrap().push(number);
            let end = next("null");
            (200, page(number, &[2 * number, 2 * number + 1], if number == 3 { &end } else { &more }))
        });
        let (ids, error) = all(&client).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, ["2", "3", "4", "5", "6", "7"]);
        assert_eq!(*numbers.lock().unwrap(), [1, 2, 3]);
    }
}

#[tokio::test]
async fn an_endpoint_that_moves_to_the_next_page_is_returned_once() {
    let client = responding(|number| {
        let ids: &[usize] = if number == 1 { &[1, 2] } else { &[2, 3] };
        (200, page(number, ids, &format!(r#""meta":{{"last_page":2,"current_page":{number}}}"#)))
    });
    let (ids, error) = all(&client).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_list_that_never_ends_or_contradicts_itself_is_an_error() {
    const MORE: &str = r#""links":{"next":"x"}"#;
    type Respond = fn(usize) -> String;
    let cases: [(&str, usize, Respond); 5] = [
        ("repeats earlier ones", 2, |_| r#"{"data":[{"id":1},{"id":2}],"links":{"next":"x"}}"#.to_owned()),
        ("repeats earlier ones", 1, |number| page(number, &[1], MORE)),
        ("another page", 2, |_| page(1, &[1, 2], MORE)),
        ("an empty page", 1, |number| page(number, if number == 1 { &[1] } else { &[] }, MORE)),
        ("no end", 999, |number| page(number, &[number], MORE)),
    ];
    for (why, read, respond) in cases {
        let (ids, error) = all(&responding(move |number| (200, respond(number)))).await;
        let error = error.unwrap();
        assert!(matches!(error, CallError::Unreadable(_)) && error.to_string().contains(why), "{why}: {error}");
        assert_eq!(ids.len(), read, "{why}");
    }
    let (ids, error) = all(&responding(|number| match number {
        1 => (200, page(1, &[1], MORE)),
        _ => (403, "{}".to_owned()),
    }))
    .await;
    assert!(matches!(error, Some(CallError::Rejected(_))), "{error:?}");
    assert_eq!(ids, ["1"]);
}

/// Over the network, with the faults that only a list has.
#[tokio::test]
async fn a_next_link_that_points_elsewhere_is_not_followed_and_a_repeated_page_is_an_error() {
    let names = |operation| Fault::all_on(operation).iter().map(|fault| fault.name().to_owned()).collect::<Vec<_>>();
    let of_any = names(Operation::Update);
    let mut own = Fault::all_on(Operation::List);
    own.retain(|fault| !of_any.iter().any(|name| name == fault.name()));
    assert_eq!(own.len(), 2, "{own:?}");
    for fault in own {
        let sandbox = Sandbox::start().await.unwrap();
        let client =
            Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
        for number in 1..=20 {
            let create = client.webhooks().create(format!("https://a.example/{number}"), ["x.y"]);
            assert!(!create.send().await.unwrap().secret.expose_secret().is_empty());
        }
        sandbox.forget_requests();
        sandbox.inject_always(fault.clone());
        let (ids, error) = all(&client).await;
        let repeats = fault.name().contains("repeats");
        assert_eq!((ids.len(), error.is_some()), if repeats { (15, true) } else { (20, false) }, "{fault}: {error:?}");
        let targets: Vec<_> = sandbox.requests().iter().map(|request| request.target().to_owned()).collect();
        assert_eq!(targets, ["/api/v2/webhooks?page=1", "/api/v2/webhooks?page=2"], "{fault}");
    }
}

#[tokio::test]
async fn an_endpoint_stream_implements_stream() {
    use std::pin::pin;

    use hb_portal::futures_core::Stream;

    let client = responding(|number| (200, page(number, &[1, 2], r#""links":{"next":null}"#)));
    let mut stream = pin!(client.webhooks().list().per_page(2).stream());
    let mut count = 0;
    while let Some(endpoint) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await {
        count += usize::from(endpoint.is_ok());
    }
    assert_eq!(count, 2);
}

#[tokio::test]
async fn the_given_page_and_page_size_are_requested() {
    let targets = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&targets);
    let client = Client::builder().base_url("https://portal.test").access_token("t").respond_with(move |request| {
        seen.lock().unwrap().push(request.uri().path_and_query().unwrap().to_string());
        http::Response::builder().status(204).body(Vec::new()).unwrap()
    });
    let client = client.build().unwrap();
    let page = client.webhooks().list().page(3).per_page(50).send().await.unwrap();
    assert_eq!((page.number, page.items.len()), (3, 0));
    client.webhooks().calls(&"a/b".into()).page(2).send().await.unwrap();
    assert!(client.webhooks().list().page(4).stream().next().await.is_none());
    assert_eq!(
        *targets.lock().unwrap(),
        ["/webhooks?page=3&per_page=50", "/webhooks/a%2Fb/calls?page=2", "/webhooks?page=4"]
    );
}
