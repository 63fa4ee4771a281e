//! The table of changes: what each is called and whom it breaks, in both directions.

use serde_json::{Value, json};

use super::{contract, lines, with};

/// Each edit in both directions: what it is called, and what taking it back is.
#[test]
fn a_change_is_named_and_judged_for_each_side() {
    let string = || json!({"type": "string"});
    let cases: &[(&str, Value, &[&str], &[&str])] = &[
        // Properties.
        (
            "S:Sent/properties/new",
            string(),
            &["fine - | Sent.new | property added, optional"],
            &["BREAKS - | Sent.new | property removed"],
        ),
        (
            "S:Read/properties/new",
            string(),
            &["- fine | Read.new | property added, optional"],
            &["- BREAKS | Read.new | property removed"],
        ),
        (
            "S:Both/properties/new",
            string(),
            &["fine fine | Both.new | property added, optional"],
            &["BREAKS BREAKS | Both.new | property removed"],
        ),
        (
            "S:Unused/properties/new",
            string(),
            &["- - | Unused.new | property added, optional"],
            &["- - | Unused.new | property removed"],
        ),
        (
            "S:Sent/required/-",
            json!("count"),
            &["BREAKS - | Sent.count | required now"],
            &["fine - | Sent.count | optional now"],
        ),
        (
            "S:Read/required/-",
            json!("at"),
            &["- fine | Read.at | required now"],
            &["- BREAKS | Read.at | optional now"],
        ),
        (
            "S:Both/required/-",
            json!("label"),
            &["BREAKS fine | Both.label | required now"],
            &["fine BREAKS | Both.label | optional now"],
        ),
        // Values.
        (
            "S:Sent/properties/name/nullable",
            json!(true),
            &["fine - | Sent.name | may be null now"],
            &["BREAKS - | Sent.name | is never null now"],
        ),
        (
            "S:Both/properties/size/nullable",
            json!(true),
            &["fine BREAKS | Both.size | may be null now"],
            &["BREAKS fine | Both.size | is never null now"],
        ),
        (
            "S:Read/properties/id/type",
            string()["type"].clone(),
            &["- BREAKS | Read.id | type: integer (int64) → string (int64)"],
            &["- BREAKS | Read.id | type: string (int64) → integer (int64)"],
        ),
        (
            "S:Both/properties/size/type",
            json!("number"),
            &["fine BREAKS | Both.size | type: integer → number"],
            &["BREAKS fine | Both.size | type: number → integer"],
        ),
        (
            "S:Both/properties/label/format",
            json!("date"),
            &["BREAKS BREAKS | Both.label | type: string → string (date)"],
            &["BREAKS BREAKS | Both.label | type: string (date) → string"],
        ),
        (
            "S:Both/properties/label/format",
            json!("email"),
            &["BREAKS fine | Both.label | type: string → string (email)"],
            &["fine BREAKS | Both.label | type: string (email) → string"],
        ),
        (
            "S:Sent/properties/name/maxLength",
            json!(5),
            &["BREAKS - | Sent.name | maxLength: 9 → 5"],
            &["fine - | Sent.name | maxLength: 5 → 9"],
        ),
        (
            "S:Sent/properties/count/default",
            json!(2),
            &["BREAKS - | Sent.count | default: 1 → 2"],
            &["BREAKS - | Sent.count | default: 2 → 1"],
        ),
        (
            "S:Sent/properties/kind/enum/-",
            json!("c"),
            &["fine - | Sent.kind | enum: \"c\" added (an answer may hold any value)"],
            &["BREAKS - | Sent.kind | enum: \"c\" removed"],
        ),
        (
            "S:Read/properties/kind/enum/-",
            json!("c"),
            &["- fine | Read.kind | enum: \"c\" added (an answer may hold any value)"],
            &["- fine | Read.kind | enum: \"c\" removed"],
        ),
        (
            "S:Read/properties/level/enum/-",
            json!(3),
            &["- BREAKS | Read.level | enum: 3 added"],
            &["- fine | Read.level | enum: 3 removed"],
        ),
        (
            "S:Both/properties/label/enum",
            json!(["x"]),
            &["BREAKS fine | Both.label | enum: any value → one of [\"x\"]"],
            &["fine fine | Both.label | enum: any value is allowed now (an answer may hold any value)"],
        ),
        (
            "S:Read/properties/list/items/$ref",
            json!("#/components/schemas/Unused"),
            &["- BREAKS | Read.list[] | type: Both → Unused", "- fine | Unused | stands in answers now"],
            &["- BREAKS | Read.list[] | type: Unused → Both", "- fine | Unused | stands in no answers any more"],
        ),
        (
            "S:Read/properties/any/oneOf/-",
            json!({"type": "integer"}),
            &["- BREAKS | Read.any (oneOf) | oneOf: a schema added"],
            &["- fine | Read.any (oneOf) | oneOf: a schema removed"],
        ),
        (
            "S:Read/properties/map/additionalProperties/type",
            json!("integer"),
            &["- BREAKS | Read.map.* | type: string → integer"],
            &["- BREAKS | Read.map.* | type: integer → string"],
        ),
        // Secrets, tiers, words.
        (
            "S:Both/properties/label/x-hb-secret",
            json!(true),
            &["BREAKS BREAKS | Both.label | secret now: it no longer prints, and is read by expose_secret alone"],
            &["BREAKS BREAKS | Both.label | no longer secret: it prints from now on"],
        ),
        (
            "S:Unused/properties/a/x-hb-secret",
            json!(true),
            &["BREAKS BREAKS | Unused.a | secret now: it no longer prints, and is read by expose_secret alone"],
            &["BREAKS BREAKS | Unused.a | no longer secret: it prints from now on"],
        ),
        (
            "S:Read/properties/id/x-hb-source",
            json!("inferred"),
            &["- fine | Read.id | tier: documented → inferred"],
            &["- fine | Read.id | tier: inferred → documented"],
        ),
        (
            "S:Sent/properties/name/description",
            json!("Hers."),
            &["docs - | Sent.name | description changed"],
            &["docs - | Sent.name | description changed"],
        ),
        // Operations.
        (
            "O:",
            Value::Null,
            &[
                "BREAKS BREAKS | PUT /things/{id} | operation removed",
                "fine fine | Both | stands in no requests any more",
                "fine fine | Both | stands in no answers any more",
                "- fine | Read | stands in no answers any more",
                "fine - | Sent | stands in no requests any more",
            ],
            &[
                "fine fine | PUT /things/{id} | operation added",
                "fine fine | Both | stands in requests now",
                "fine fine | Both | stands in answers now",
                "- fine | Read | stands in answers now",
                "fine - | Sent | stands in requests now",
            ],
        ),
        (
            "O:/operationId",
            json!("replaceThing"),
            &["BREAKS BREAKS | PUT /things/{id} | renamed: putThing → replaceThing"],
            &["BREAKS BREAKS | PUT /things/{id} | renamed: replaceThing → putThing"],
        ),
        (
            "O:/deprecated",
            json!(true),
            &["fine fine | PUT /things/{id} | deprecated now"],
            &["fine fine | PUT /things/{id} | no longer deprecated"],
        ),
        (
            "O:/security/0/bearer",
            json!(["write"]),
            &["BREAKS - | PUT /things/{id} | security: bearer → bearer (write)"],
            &["BREAKS - | PUT /things/{id} | security: bearer (write) → bearer"],
        ),
        (
            "O:/security",
            json!([]),
            &["fine - | PUT /things/{id} | security: bearer → none"],
            &["BREAKS - | PUT /things/{id} | security: none → bearer"],
        ),
        (
            "O:/parameters/-",
            json!({"name": "x", "in": "header", "schema": string()}),
            &["fine - | PUT /things/{id} parameter header x | parameter added, optional"],
            &["BREAKS - | PUT /things/{id} parameter header x | parameter removed"],
        ),
        (
            "O:/parameters/0/required",
            json!(true),
            &["BREAKS - | PUT /things/{id} parameter query dry | required now"],
            &["fine - | PUT /things/{id} parameter query dry | optional now"],
        ),
        (
            "O:/parameters/0/name",
            json!("wet"),
            &["BREAKS - | PUT /things/{id} parameter query wet | renamed: query dry → query wet"],
            &["BREAKS - | PUT /things/{id} parameter query dry | renamed: query wet → query dry"],
        ),
        (
            "O:/requestBody/required",
            json!(false),
            &["fine - | PUT /things/{id} request | optional now"],
            &["BREAKS - | PUT /things/{id} request | required now"],
        ),
        (
            "O:/responses/201",
            json!({"description": "d"}),
            &["- BREAKS | PUT /things/{id} 201 | status added"],
            &["- BREAKS | PUT /things/{id} 201 | status removed"],
        ),
        (
            "O:/responses/409",
            json!({"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}}}),
            &["- fine | PUT /things/{id} 409 | status added"],
            &["- fine | PUT /things/{id} 409 | status removed"],
        ),
        (
            "O:/responses/409",
            json!({"description": "d"}),
            &[
                "- BREAKS | PUT /things/{id} failures | one has no body now: their type is optional",
                "- fine | PUT /things/{id} 409 | status added",
            ],
            &[
                "- BREAKS | PUT /things/{id} failures | each has a body now: their type is no longer optional",
                "- fine | PUT /things/{id} 409 | status removed",
            ],
        ),
        (
            "O:/responses/200/headers/x-left",
            Value::Null,
            &["- BREAKS | PUT /things/{id} 200 header x-left | header removed"],
            &["- fine | PUT /things/{id} 200 header x-left | header added"],
        ),
        (
            "O:/responses/404/content/application~1json/schema/properties/message/type",
            json!("integer"),
            &["- BREAKS | PUT /things/{id} 404 body.message | type: string → integer"],
            &["- BREAKS | PUT /things/{id} 404 body.message | type: integer → string"],
        ),
    ];
    for (pointer, value, there, back) in cases {
        let (base, now) = (contract(), with(&[(pointer, value.clone())]));
        assert_eq!(lines(&base, &now), *there, "{pointer} = {value}");
        assert_eq!(lines(&now, &base), *back, "{pointer} = {value}, taken back");
    }
}
