//! A call that is dropped has sent its request once or not at all, and sends nothing afterwards.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use hb_portal_tests::operations::OPERATIONS;

use super::truth::Scene;

#[tokio::test]
async fn wherever_a_call_is_dropped_it_sends_nothing_afterwards() {
    let (mut unsent, mut sent) = (0, 0);
    for row in OPERATIONS {
        for polls in 0.. {
            let scene = Scene::start(Duration::from_secs(60), 1).await;
            let mut remaining = polls;
            let is_done = {
                let mut call = pin!(scene.call(row));
                poll_fn(|context| {
                    if remaining == 0 {
                        return Poll::Ready(false);
                    }
                    remaining -= 1;
                    call.as_mut().poll(context).map(|outcome| {
                        outcome.unwrap();
                        true
                    })
                })
                .await
            };
            scene.sandbox.idle().await;
            let requests = scene.sandbox.requests();
            assert!(requests.len() <= 1, "{}, {polls} polls: {requests:?}", row.id);
            // After one poll, the call has not connected yet.
            assert!(polls > 1 || requests.is_empty(), "{}, {polls} polls: {requests:?}", row.id);
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert_eq!(scene.sandbox.requests().len(), requests.len(), "{}, {polls} polls", row.id);
            *(if requests.is_empty() { &mut unsent } else { &mut sent }) += 1;
            if is_done {
                break;
            }
        }
    }
    assert!(unsent >= 2 * OPERATIONS.len() && sent >= OPERATIONS.len(), "{unsent} not sent, {sent} sent");
}
