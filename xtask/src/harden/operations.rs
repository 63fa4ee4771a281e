//! What an operation does that nobody asked for: a header of its own, and hooks around the one call that carries it.

use syn::{
    Block, Expr, ExprMethodCall, Lit, Stmt,
    visit_mut::{self, VisitMut},
};

/// Takes out the `api-version` header, which progenitor adds to every request and the contract does not have. The
/// portal's older endpoints read such a header, so it would tell the portal something.
pub(super) fn drop_api_version(file: &mut syn::File) {
    struct Pass;
    impl VisitMut for Pass {
        // Operations are in no module.
        fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}

        fn visit_block_mut(&mut self, block: &mut Block) {
            visit_mut::visit_block_mut(self, block);
            if !block.stmts.iter().any(|stmt| is_let(stmt, "header_map")) {
                return;
            }
            block.stmts.retain(|stmt| !call_on(stmt, "header_map", "append").is_some_and(names_the_version));
            if block.stmts.iter().any(|stmt| is_call_on(stmt, "header_map", "append") || is_if_let(stmt)) {
                return;
            }
            // Nothing is in the map any more: it goes, and so does what hands it over.
            block.stmts.retain(|stmt| !is_let(stmt, "header_map"));
            HeadersCall.visit_block_mut(block);
        }
    }
    struct HeadersCall;
    impl VisitMut for HeadersCall {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if let Expr::MethodCall(call) = expr
                && call.method == "headers"
                && matches!(call.args.first(), Some(Expr::Path(path)) if path.path.is_ident("header_map"))
            {
                *expr = std::mem::replace(&mut *call.receiver, Expr::PLACEHOLDER);
            }
            visit_mut::visit_expr_mut(self, expr);
        }
    }
    Pass.visit_file_mut(file);
}

/// Whether a header is appended that is called `HeaderName::from_static("api-version")`.
fn names_the_version(append: &ExprMethodCall) -> bool {
    let Some(Expr::Call(name)) = append.args.first() else { return false };
    matches!(name.args.first(), Some(Expr::Lit(name)) if matches!(&name.lit, Lit::Str(name) if name.value() == "api-version"))
}

/// Whether a statement does something only where there is a value: that is how a header is appended that may be left out.
fn is_if_let(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(Expr::If(branch), _) if matches!(&*branch.cond, Expr::Let(_)))
}

/// Whether a statement is a call of `method` on the variable `receiver`, awaited or not.
fn is_call_on(stmt: &Stmt, receiver: &str, method: &str) -> bool {
    call_on(stmt, receiver, method).is_some()
}

/// The call of `method` on the variable `receiver`, awaited or not, that a statement is.
fn call_on<'a>(stmt: &'a Stmt, receiver: &str, method: &str) -> Option<&'a ExprMethodCall> {
    fn call(expr: &Expr) -> Option<&ExprMethodCall> {
        match expr {
            Expr::MethodCall(expr) => Some(expr),
            Expr::Await(expr) => call(&expr.base),
            Expr::Try(expr) => call(&expr.expr),
            _ => None,
        }
    }
    let Stmt::Expr(expr, _) = stmt else { return None };
    call(expr).filter(|call| {
        call.method == method && matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident(receiver))
    })
}

fn is_let(stmt: &Stmt, name: &str) -> bool {
    let Stmt::Local(local) = stmt else { return false };
    matches!(&local.pat, syn::Pat::Ident(pat) if pat.ident == name)
}
