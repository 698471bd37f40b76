package checks

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// A whole number of a document is an int, or a *big.Int over 64 bits: both are exact. Any other number is a float64.

// numbered returns a decoded document with its numbers.
func numbered(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			if v[i], err = numbered(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range v {
			if v[key], err = numbered(v[key]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func number(n json.Number) (any, error) {
	text := n.String()
	if strings.ContainsAny(text, ".eE") {
		f, err := n.Float64()
		if err != nil {
			return nil, fmt.Errorf("number %s is out of range", shortened(text))
		}
		return f, nil
	}
	if i, err := n.Int64(); err == nil {
		return int(i), nil
	}
	if len(text) > maxDigits {
		return nil, fmt.Errorf("number %s is out of range", shortened(text))
	}
	i, _ := new(big.Int).SetString(text, 10) // digits: the decoder has seen it
	return i, nil
}

// maxDigits bounds a whole number: a longer one is no float64 either.
const maxDigits = 310

// exactNumbers replaces the operators on numbers by exact ones.
func exactNumbers() []expr.Option {
	options := []expr.Option{expr.Patch(exactOperators{})}
	for operator, holds := range comparisons {
		options = append(options, expr.Function("$"+operator, func(args ...any) (any, error) { return holds(args[0], args[1]), nil }, new(func(any, any) bool)))
	}
	for operator, compute := range arithmetic {
		options = append(options, expr.Function("$"+operator, func(args ...any) (any, error) { return compute(args[0], args[1]), nil }, new(func(any, any) any)))
	}
	return append(options, expr.Function(negated, func(args ...any) (any, error) { return negate(args[0]), nil }, new(func(any) any)))
}

// negated is the function of the unary minus.
const negated = "$negated"

// exactOperators replaces operators by calls of the functions that are called after them.
type exactOperators struct{}

// Visit implements ast.Visitor.
func (exactOperators) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		_, compares := comparisons[n.Operator]
		if _, computes := arithmetic[n.Operator]; compares || computes {
			ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "$" + n.Operator}, Arguments: []ast.Node{n.Left, n.Right}})
		}
	case *ast.UnaryNode:
		if n.Operator == "-" {
			ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: negated}, Arguments: []ast.Node{n.Node}})
		}
	}
}

// comparisons are the operators that compare; what is not two numbers is compared as the language does.
var comparisons = map[string]func(a, b any) bool{
	"==": equal,
	"!=": func(a, b any) bool { return !equal(a, b) },
	"<":  ordered(func(c int) bool { return c < 0 }, runtime.Less),
	"<=": ordered(func(c int) bool { return c <= 0 }, runtime.LessOrEqual),
	">":  ordered(func(c int) bool { return c > 0 }, runtime.More),
	">=": ordered(func(c int) bool { return c >= 0 }, runtime.MoreOrEqual),
}

func equal(a, b any) bool {
	if c, ok := compared(a, b); ok {
		return c == 0
	}
	return runtime.Equal(a, b)
}

func ordered(holds func(c int) bool, otherwise func(a, b any) bool) func(a, b any) bool {
	return func(a, b any) bool {
		if c, ok := compared(a, b); ok {
			return holds(c)
		}
		return otherwise(a, b)
	}
}

// compared compares two numbers by their values; ok is false for anything else, NaN included.
func compared(a, b any) (c int, ok bool) {
	x, isX := rational(a)
	y, isY := rational(b)
	if !isX || !isY {
		return 0, false
	}
	return x.Cmp(y), true
}

func rational(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case int:
		return new(big.Float).SetInt64(int64(v)), true
	case *big.Int:
		return new(big.Float).SetInt(v), true
	case float64:
		if math.IsNaN(v) {
			return nil, false
		}
		return big.NewFloat(v), true
	default:
		return nil, false
	}
}

// arithmetic are the operators that compute: exact for whole numbers, of any size.
var arithmetic = map[string]func(a, b any) any{
	"+":  computed((*big.Int).Add, runtime.Add),
	"-":  computed((*big.Int).Sub, runtime.Subtract),
	"*":  computed((*big.Int).Mul, runtime.Multiply),
	"/":  func(a, b any) any { return runtime.Divide(rounded(a), rounded(b)) },
	"^":  func(a, b any) any { return runtime.Exponent(rounded(a), rounded(b)) },
	"**": func(a, b any) any { return runtime.Exponent(rounded(a), rounded(b)) },
	"%": func(a, b any) any {
		if y, ok := whole(b); ok && y.Sign() == 0 {
			return runtime.Modulo(a, 0) // as the language says it
		}
		return computed((*big.Int).Rem, func(a, b any) any { return runtime.Modulo(a, b) })(a, b)
	},
}

func computed(exact func(z, x, y *big.Int) *big.Int, otherwise func(a, b any) any) func(a, b any) any {
	return func(a, b any) any {
		x, isX := whole(a)
		y, isY := whole(b)
		if isX && isY {
			return narrow(exact(new(big.Int), x, y))
		}
		return otherwise(rounded(a), rounded(b))
	}
}

func negate(v any) any {
	if x, ok := whole(v); ok {
		return narrow(new(big.Int).Neg(x))
	}
	return runtime.Negate(v)
}

func whole(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case int:
		return big.NewInt(int64(v)), true
	case *big.Int:
		return v, true
	default:
		return nil, false
	}
}

// narrow is an int where it fits.
func narrow(n *big.Int) any {
	if n.IsInt64() {
		return int(n.Int64())
	}
	return n
}

// rounded is a number that the language knows.
func rounded(v any) any {
	if n, ok := v.(*big.Int); ok {
		f, _ := new(big.Float).SetInt(n).Float64()
		return f
	}
	return v
}
