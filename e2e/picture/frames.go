package main

import (
	"reflect"
	"strings"
	"time"
)

// stillness is how long each frame of a picture that moves stays, so that it can be read.
const stillness = 700 * time.Millisecond

// frames are what the screen has shown, in the order of time and with the last one for certain; where there are more than most, every nth. They
// are shown at one pace, not at that of the run.
func frames(columns, most int, pieces []piece) []frame {
	s := &screen{columns: columns}
	var all []frame
	for i, p := range pieces {
		_, _ = s.Write(p.text)
		// What follows at once belongs to the same moment.
		if i+1 < len(pieces) && pieces[i+1].at-p.at < 50*time.Millisecond {
			continue
		}
		if lines := s.lines(); len(all) == 0 || !reflect.DeepEqual(all[len(all)-1].lines, lines) {
			all = append(all, frame{at: p.at, lines: lines})
		}
	}
	all = thin(all, most)
	for i := range all {
		all[i].at = time.Duration(i) * stillness
	}
	return all
}

// thin leaves every nth, and the last.
func thin(all []frame, most int) []frame {
	if len(all) <= most {
		return all
	}
	var kept []frame
	for i := range most {
		kept = append(kept, all[len(all)-1-(most-1-i)*len(all)/most])
	}
	return kept
}

// prompted puts the command that was typed above what it shows.
func prompted(command string, lines [][]run) [][]run {
	var head [][]run
	for i, line := range strings.Split(command, "\n") {
		mark := "$ "
		if i > 0 {
			mark = "    "
		}
		head = append(head, []run{{0, len(mark), mark, look{faint: true}}, {len(mark), len([]rune(line)), line, look{bold: true}}})
	}
	return append(append(head, nil), lines...)
}

// renamed replaces what belongs to the machine of the run. What stands behind it on a line moves with it.
func renamed(lines [][]run, names *strings.Replacer) [][]run {
	for _, line := range lines {
		moved := 0
		for i := range line {
			text := names.Replace(line[i].text)
			longer := len([]rune(text)) - len([]rune(line[i].text))
			line[i].column += moved
			line[i].columns += longer
			line[i].text = text
			moved += longer
		}
	}
	return lines
}
