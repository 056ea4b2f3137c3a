package api

import (
	"bytes"
	"errors"
	"fmt"

	"encoding/json"
)

// syntaxError says what is wrong with a JSON text in the words of the engine that the server runs on, as far as people
// and programs come across them.
func syntaxError(content []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return "Unexpected token in JSON"
	}
	at := int(syntax.Offset)
	before := bytes.TrimRight(content[:max(at-1, 0)], " \t\r\n")
	if ended := syntax.Error() == "unexpected end of JSON input"; ended {
		at, before = len(content)+1, bytes.TrimRight(content, " \t\r\n")
	}
	switch {
	case bytes.HasSuffix(before, []byte(",")):
		return fmt.Sprintf("Expected double-quoted property name in JSON at position %d", at-1)
	case bytes.HasSuffix(before, []byte("{")):
		return fmt.Sprintf("Expected property name or '}' in JSON at position %d", at-1)
	case at > len(content):
		return "Unexpected end of JSON input"
	default:
		return fmt.Sprintf("Unexpected token '%c', %q is not valid JSON", content[at-1], content)
	}
}
