//! Large documents that are the same on each run: whole projects as documentation tools export them.

use serde_json::{Map, Value, json};

const THINGS: &[&str] = &["订单", "用户", "商品", "支付", "库存", "优惠券", "物流", "发票", "评论", "店铺"];

/// Returns an export of a whole project with `operations` operations, as Apidog writes it: Chinese names, no operation ids, no
/// components, every body inline, paginated lists, and several failures that differ for each operation.
#[must_use]
pub fn whole_project(operations: usize) -> Value {
    let mut paths = Map::new();
    for number in 0..operations {
        let (thing, module) = (THINGS[number / 4 % THINGS.len()], number / 4 / THINGS.len());
        let (path, method, operation) = match number % 4 {
            0 => (format!("/m{module}/{thing}"), "get", list(thing, number)),
            1 => (format!("/m{module}/{thing}"), "post", create(thing, number)),
            2 => (format!("/m{module}/{thing}/{{id}}"), "put", create(thing, number)),
            _ => (format!("/m{module}/{thing}/{{id}}"), "delete", remove(thing)),
        };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation;
    }
    json!({
        "openapi": "3.0.1",
        "info": {"title": "商城", "description": "", "version": "1.0.0"},
        "tags": THINGS.iter().map(|thing| json!({"name": thing})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": {}, "securitySchemes": {"bearer": {"type": "bearer"}}},
        "servers": [],
        "security": [],
    })
}

/// Returns the same project with its schemas as components, as frameworks export it: with references, `allOf`, and names that
/// collide after case conversion.
#[must_use]
pub fn with_components(operations: usize) -> Value {
    let mut document = whole_project(operations);
    let mut schemas = json!({
        "page": {"type": "object", "properties": {"data": {"type": "array", "items": {}}, "meta": {"$ref": "#/components/schemas/PaginationMeta"}}},
        "PaginationMeta": {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}, "per_page": {"type": "integer"}}},
        "Page": {"type": "object", "properties": {"links": {"type": "array", "items": {"type": "string", "format": "uri"}}}},
        "校验失败": {"type": "object", "properties": {"message": {"type": "string"}, "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}},
    });
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        for (method, operation) in item.as_object_mut().unwrap() {
            let name = format!("{method} {path}");
            for (status, response) in operation["responses"].as_object_mut().unwrap() {
                if status.starts_with('2') {
                    let inline = response["content"]["application/json"]["schema"].take();
                    schemas[name.as_str()] = json!({"allOf": [{"$ref": "#/components/schemas/page"}, inline]});
                    let encoded = name.replace('~', "~0").replace('/', "~1").replace(' ', "%20");
                    response["content"]["application/json"]["schema"] =
                        json!({"$ref": format!("#/components/schemas/{encoded}")});
                } else if status == "422" {
                    response["content"]["application/json"]["schema"] =
                        json!({"$ref": "#/components/schemas/%E6%A0%A1%E9%AA%8C%E5%A4%B1%E8%B4%A5"});
                }
            }
        }
    }
    document["components"]["schemas"] = schemas;
    document
}

fn list(thing: &str, number: usize) -> Value {
    json!({
        "summary": format!("查询{thing}"), "deprecated": false, "description": "", "tags": [thing],
        "parameters": [
            {"name": "Authorization", "in": "header", "required": true, "schema": {"type": "string"}},
            {"name": "page", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "default": "1"}},
            {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
            {"name": "状态", "in": "query", "schema": {"type": "string", "enum": ["待支付", "已支付", "OPEN", "open"]}},
        ],
        "responses": {
            "200": response("成功", json!({"type": "object", "required": ["data"], "properties": {
                "data": {"type": "array", "items": {"type": "object", "properties": properties(number)}},
                "links": {"type": "object", "properties": {"first": {"type": "string"}, "next": {"type": ["string", "null"]}}},
                "meta": {"type": "object", "properties": {"current_page": {"type": "integer"}, "total": {"type": "integer"}}},
            }})),
            "401": response("未登录", json!({"type": "object", "properties": {"message": {"type": "string"}}})),
            "429": response("太快", json!({"type": "object", "properties": {"retry_after": {"type": "integer"}}})),
        },
        "security": [{"bearer": []}],
    })
}

fn create(thing: &str, number: usize) -> Value {
    json!({
        "summary": format!("新建{thing}"), "deprecated": false, "description": "", "tags": [thing], "parameters": [],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["名称"], "properties": properties(number)}, "example": {}}}},
        "responses": {
            "201": response("已建", json!({"type": "object", "properties": {"data": {"type": "object", "properties": properties(number)}, "secret": {"type": "string"}}})),
            "401": response("未登录", json!({"type": "object", "properties": {"message": {"type": "string"}}})),
            "409": response("重复", json!({"type": "object", "properties": {"existing": {"type": "integer"}, "reason": {"type": "string", "enum": ["a", "b"]}}})),
            "422": response("校验失败", json!({"type": "object", "properties": {"message": {"type": "string"}, "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}}})),
        },
    })
}

fn remove(thing: &str) -> Value {
    json!({
        "summary": format!("删除{thing}"), "description": "", "tags": [thing],
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
        "responses": {
            "200": response("成功", json!({"type": "object", "properties": {"deleted": {"type": "boolean"}}})),
            "404": response("没有", json!({"type": "object", "properties": {"id": {"type": "integer"}}})),
            "500": response("错误", json!({"type": "object", "properties": {"trace": {"type": "array", "items": {"type": "string"}}}})),
        },
    })
}

fn response(description: &str, schema: Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}, "headers": {}})
}

fn properties(number: usize) -> Value {
    let mut properties = json!({
        "id": {"type": "integer", "format": "int64", "examples": [1]},
        "名称": {"type": "string", "title": "名称"},
        "createdAt": {"type": "string", "format": "date-time"},
        "created_at": {"type": "string"},
        "价格": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "地址": {"type": "object", "properties": {"省": {"type": "string"}, "市": {"type": "string"}}},
    });
    properties[format!("field{}", number % 7)] = json!({"type": "boolean"});
    properties
}
