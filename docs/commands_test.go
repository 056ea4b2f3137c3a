package docs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "# Title\n\nSay `doctor --fix`, or\n`a long\n  one`.\n\n" +
	"```sh\n# first this\nkubectl eso-infisical up \\\n  --key K\n\nmake test\n```\n\nMore `code`.\n\n1. item\n   ```yaml\n   # setup.yaml\n   a: b\n   ```\n"

func TestBlocksAndTheirCommands(t *testing.T) {
	blocks := Blocks(page)
	if len(blocks) != 2 || blocks[0].Language != Shell || blocks[0].Line != 7 || blocks[1].Language != "yaml" {
		t.Fatalf("%+v", blocks)
	}
	want := []Command{{9, "kubectl eso-infisical up \\\n--key K"}, {12, "make test"}}
	if diff := cmp.Diff(want, blocks[0].Commands()); diff != "" {
		t.Error(diff)
	}
	if blocks := Blocks("```\nnever closed"); len(blocks) != 0 {
		t.Errorf("%+v", blocks)
	}
}

func TestSpans(t *testing.T) {
	if diff := cmp.Diff([]string{"doctor --fix", "a long one", "code"}, Spans(page)); diff != "" {
		t.Error(diff)
	}
}

func TestTheFileThatABlockShows(t *testing.T) {
	for first, want := range map[string]string{
		"# setup.yaml": "setup.yaml", "# a comment of several words.": "", "# ../setup.yaml": "", "# comment": "", "a: b": "", "": "",
	} {
		if got := (Block{Lines: strings.Split(first, "\n")}).File(); got != want {
			t.Errorf("%q: %q", first, got)
		}
	}
	if got := (Block{}).File(); got != "" {
		t.Errorf("an empty block: %q", got)
	}
}
