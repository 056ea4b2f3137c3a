// Package docs reads what the pages of the documentation tell people to type, so that tests can parse and run it.
package docs

import (
	"strings"
)

// Shell is the language of the blocks whose lines are commands.
const Shell = "sh"

// Block is a fenced block of a page.
type Block struct {
	// Language is what stands behind the opening fence.
	Language string
	// Line is where the opening fence is, counted from 1.
	Line  int
	Lines []string
}

// Blocks are the fenced blocks of a page in Markdown.
func Blocks(markdown string) []Block {
	var blocks []Block
	var open *Block
	for i, line := range strings.Split(markdown, "\n") {
		language, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &Block{Language: language, Line: i + 1}
		case isFence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.Lines = append(open.Lines, line)
		}
	}
	return blocks
}

// File is the name of the file that a block shows, which its first line says in a comment, or "".
func (b Block) File() string {
	if len(b.Lines) == 0 {
		return ""
	}
	name, isComment := strings.CutPrefix(b.Lines[0], "# ")
	if !isComment || strings.ContainsAny(name, " /") || !strings.Contains(name, ".") {
		return ""
	}
	return name
}

// Command is what a person types in one go; it may go over several lines.
type Command struct {
	// Line is where it begins on its page, counted from 1.
	Line int
	Text string
}

// Commands are those of a block, without comments.
func (b Block) Commands() []Command {
	var commands []Command
	goesOn := false
	for i, line := range b.Lines {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if goesOn {
			last := &commands[len(commands)-1]
			last.Text += "\n" + text
		} else {
			commands = append(commands, Command{Line: b.Line + 1 + i, Text: text})
		}
		goesOn = strings.HasSuffix(text, "\\")
	}
	return commands
}

// Spans are the pieces of code within the sentences of a page.
func Spans(markdown string) []string {
	var prose []string
	inBlock := false
	for _, line := range strings.Split(markdown, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inBlock = !inBlock
			prose = append(prose, "")
		} else if !inBlock {
			prose = append(prose, line)
		}
	}
	var spans []string
	for _, paragraph := range strings.Split(strings.Join(prose, "\n"), "\n\n") {
		for i, part := range strings.Split(paragraph, "`") {
			if i%2 == 1 {
				spans = append(spans, strings.Join(strings.Fields(part), " "))
			}
		}
	}
	return spans
}
