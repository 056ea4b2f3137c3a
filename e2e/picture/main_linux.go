// Command picture runs a program on a terminal and draws what it shows as an SVG: picture -out FILE -- PROGRAM ARGUMENT...
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := draw(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// replacements collects -replace FROM=TO.
type replacements []string

func (r *replacements) String() string { return strings.Join(*r, " ") }

func (r *replacements) Set(text string) error {
	from, to, found := strings.Cut(text, "=")
	if !found || from == "" {
		return errors.New("use FROM=TO")
	}
	*r = append(*r, from, to)
	return nil
}

func draw() error {
	var p picture
	var names replacements
	out := flag.String("out", "", "file to write")
	typed := flag.String("typed", "", "the command as a person types it")
	most := flag.Int("frames", 1, "how many moments to show, at most")
	flag.IntVar(&p.columns, "columns", 100, "width of the picture in characters")
	columns := flag.Int("terminal", 100, "width of the terminal in characters")
	flag.StringVar(&p.title, "title", "", "what a screen reader calls it")
	flag.StringVar(&p.description, "description", "", "what it shows, for those who do not see it")
	flag.Var(&names, "replace", "FROM=TO: what belongs to this machine, and what to show in its place (can be repeated)")
	flag.Parse()
	if *out == "" || flag.NArg() == 0 || p.title == "" || p.description == "" {
		return errors.New("-out, -title, -description and a program must be given")
	}
	pieces, err := record(*columns, flag.Arg(0), flag.Args()[1:]...)
	if err != nil {
		return err
	}
	p.frames = frames(*columns, *most, pieces)
	for i, f := range p.frames {
		p.frames[i].lines = prompted(*typed, renamed(f.lines, strings.NewReplacer(names...)))
	}
	file, err := os.Create(*out)
	if err != nil {
		return err
	}
	return errors.Join(p.write(file), file.Close())
}
