package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// inspect calls visit for each node of each file of ours that is part of the program.
func inspect(t *testing.T, visit func(path, position string, node ast.Node)) {
	t.Helper()
	files := token.NewFileSet()
	for _, p := range list(t, "./cmd/...", "./pkg/...") {
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if node != nil {
					visit(ours(p.ImportPath), filepath.Base(p.Dir)+"/"+name+":"+position(files, node), node)
				}
				return true
			})
		}
	}
}

func position(files *token.FileSet, node ast.Node) string {
	p := files.Position(node.Pos())
	p.Filename = ""
	return p.String()
}

func TestNothingHappensAtStartUp(t *testing.T) {
	inspect(t, func(_, position string, node ast.Node) {
		if f, ok := node.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			t.Errorf("%s: func init", position)
		}
	})
}

func TestOnlyMainPrintsAndExits(t *testing.T) {
	forbidden := map[string]bool{"os.Exit": true, "os.Stdout": true, "os.Stderr": true, "os.Stdin": true, "log.Fatal": true, "log.Fatalf": true,
		"fmt.Print": true, "fmt.Println": true, "fmt.Printf": true, "klog.Fatal": true, "klog.Exit": true}
	inspect(t, func(path, position string, node ast.Node) {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok || under(path, "cmd") {
			return
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && forbidden[pkg.Name+"."+selector.Sel.Name] {
			t.Errorf("%s: %s.%s", position, pkg.Name, selector.Sel.Name)
		}
	})
}
