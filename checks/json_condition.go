package checks

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
	"github.com/expr-lang/expr/vm"
)

// document is the name of the whole document in a condition, for one that is not an object.
const document = "document"

// compileCondition compiles a condition. Keys may be called like words and functions of the language, and whole numbers of any size
// are exact. The error is about the condition as it was written.
func compileCondition(condition string) (*vm.Program, error) {
	if condition == "" {
		condition = document
	}
	plain, exact := []expr.Option{expr.AllowUndefinedVariables(), bigLiteral()}, exactNumbers()
	keyed := withKeys(condition)
	if _, err := expr.Compile(keyed, plain...); err != nil { // before operators are replaced: types that do not fit are found here
		if _, written := expr.Compile(condition, plain...); written != nil {
			err = written
		}
		return nil, err
	}
	return expr.Compile(keyed, append(plain, exact...)...)
}

// withKeys rewrites what the language would read as its own and what can only be a key of the document: `count == 5`, `in > 3`. A word
// with "(" after it is a function. Whole numbers over 64 bits are rewritten as well. A condition that is not of the language is returned
// as it is.
func withKeys(condition string) string {
	tokens, err := lexer.Lex(file.NewSource(condition))
	if err != nil {
		return condition
	}
	var b strings.Builder
	runes, at := []rune(condition), 0
	operand := true // whether an operand comes next
	for i, t := range tokens {
		if t.Kind == lexer.EOF {
			break
		}
		key := operand && isKey(tokens, i)
		wide := t.Kind == lexer.Number && isWide(t.Value)
		if key || wide {
			b.WriteString(string(runes[at:t.From]))
			b.WriteString(replacement(t, key))
			at = t.To
		}
		notIn := !operand && t.Is(lexer.Operator, "not") // the first word of `not in`
		operand = !key && !notIn && operandAfter(tokens, i)
	}
	return b.String() + string(runes[at:])
}

func replacement(t lexer.Token, key bool) string {
	if key {
		return "$env[" + strconv.Quote(t.Value) + "]"
	}
	return bigName + "(" + strconv.Quote(t.Value) + ")"
}

// wordOperators are the operators that are written as words.
var wordOperators = []string{"in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else", "not"}

// isKey reports whether the token, where an operand is expected, is a key although it is a word or a function of the language.
func isKey(tokens []lexer.Token, i int) bool {
	t, next := tokens[i], lexer.Token{Kind: lexer.EOF}
	if i+1 < len(tokens) {
		next = tokens[i+1]
	}
	switch {
	case t.Kind == lexer.Identifier:
		_, isFunction := builtin.Index[t.Value]
		return isFunction && !next.Is(lexer.Bracket, "(") && !keyOfMap(tokens, i, next)
	case t.Kind != lexer.Operator || !slices.Contains(wordOperators, t.Value):
		return false
	case t.Value == "let":
		return next.Kind != lexer.Identifier
	case t.Value == "if", t.Value == "not":
		return !beginsOperand(next)
	default:
		return true
	}
}

// keyOfMap reports whether a word is a key in {word: 1}.
func keyOfMap(tokens []lexer.Token, i int, next lexer.Token) bool {
	return i > 0 && next.Is(lexer.Operator, ":") && (tokens[i-1].Is(lexer.Bracket, "{") || tokens[i-1].Is(lexer.Operator, ","))
}

// beginsOperand reports whether what comes after `not` or `if` is their operand, so that they are no keys.
func beginsOperand(next lexer.Token) bool {
	switch next.Kind {
	case lexer.Identifier, lexer.Number, lexer.String, lexer.Bytes:
		return true
	case lexer.Bracket:
		return slices.Contains([]string{"(", "[", "{"}, next.Value)
	default:
		return slices.Contains([]string{"!", "-", "+", "#", "::", "not", "if", "let"}, next.Value)
	}
}

// operandAfter reports whether an operand comes after the token.
func operandAfter(tokens []lexer.Token, i int) bool {
	switch t := tokens[i]; t.Kind {
	case lexer.Operator:
		return t.Value != "." && t.Value != "?." && t.Value != "#" && !isProperty(tokens, i)
	case lexer.Bracket:
		return slices.Contains([]string{"(", "[", "{"}, t.Value)
	default:
		return false
	}
}

// isProperty reports whether a word is a name after a dot.
func isProperty(tokens []lexer.Token, i int) bool {
	return i > 0 && slices.Contains(wordOperators, tokens[i].Value) && (tokens[i-1].Is(lexer.Operator, ".") || tokens[i-1].Is(lexer.Operator, "?."))
}

// isWide reports whether a literal is a whole number that does not fit 64 bits.
func isWide(literal string) bool {
	digits := strings.ReplaceAll(literal, "_", "")
	if strings.Trim(digits, "0123456789") != "" {
		return false
	}
	_, err := strconv.ParseInt(digits, 10, 64)
	return err != nil
}

// bigName is the function that stands for a literal.
const bigName = "$big"

func bigLiteral() expr.Option {
	return expr.Function(bigName, func(args ...any) (any, error) {
		text, _ := args[0].(string)
		n, _ := new(big.Int).SetString(strings.ReplaceAll(text, "_", ""), 10) // digits: isWide has seen it
		return n, nil
	}, new(func(string) any))
}
