/**
 * Promises that nobody waits for: a statement that drops one, and an async function given where nothing is expected
 * back. A rejection there ends the process. The linter has such rules, but follows no type into another package or
 * into Node.js itself.
 */

import ts from 'typescript'

/** What to say of one file of a program, a line each. */
export function unawaited(sourceFile, checker) {
  const found = []
  const report = (node, message) => {
    const { line, character } = sourceFile.getLineAndCharacterOfPosition(node.getStart(sourceFile))
    found.push(`${sourceFile.fileName}(${line + 1},${character + 1}): error: ${message}`)
  }
  const visit = (node) => {
    if (ts.isExpressionStatement(node) && drops(node.expression, checker)) {
      report(node, 'This promise is neither awaited, returned, caught nor marked with `void`.')
    }
    if ((ts.isCallExpression(node) && !isFinally(node)) || ts.isNewExpression(node)) {
      for (const argument of node.arguments ?? []) {
        if (isAsyncForNothing(argument, checker)) report(argument, 'Nobody waits for what this async function returns.')
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(sourceFile)
  return found
}

function drops(expression, checker) {
  if (ts.isParenthesizedExpression(expression)) return drops(expression.expression, checker)
  if (ts.isConditionalExpression(expression)) {
    return drops(expression.whenTrue, checker) || drops(expression.whenFalse, checker)
  }
  if (ts.isBinaryExpression(expression)) {
    const operator = expression.operatorToken.kind
    const isAssignment = operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment
    return !isAssignment && (drops(expression.right, checker) || drops(expression.left, checker))
  }
  if (ts.isVoidExpression(expression) || ts.isAwaitExpression(expression)) return false
  if (ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression)) {
    const { name, expression: promise } = expression.expression
    const handlers = expression.arguments.length
    if (isFinally(expression)) return drops(promise, checker)
    if ((name.text === 'catch' && handlers >= 1) || (name.text === 'then' && handlers >= 2)) return false
  }
  return isPromise(checker.getTypeAtLocation(expression), checker)
}

// Its callback is awaited, though its type says that it returns nothing.
const isFinally = ({ expression }) => ts.isPropertyAccessExpression(expression) && expression.name.text === 'finally'

/** A promise, perhaps one, or an array of them. */
function isPromise(type, checker) {
  if (type.isUnion()) return type.types.some((part) => isPromise(part, checker))
  const elements = checker.isArrayType(type) || checker.isTupleType(type) ? checker.getTypeArguments(type) : [type]
  return elements.some((element) => element.getProperty('then') && element.getProperty('catch'))
}

function isAsyncForNothing(argument, checker) {
  if (ts.isSpreadElement(argument)) return false
  const returnsPromise = checker
    .getTypeAtLocation(argument)
    .getCallSignatures()
    .some((signature) => isPromise(signature.getReturnType(), checker))
  if (!returnsPromise) return false
  const expected = checker.getContextualType(argument)
  const signatures = expected ? checker.getNonNullableType(expected).getCallSignatures() : []
  return (
    signatures.length > 0 &&
    signatures.every((signature) => (signature.getReturnType().flags & ts.TypeFlags.Void) !== 0)
  )
}
