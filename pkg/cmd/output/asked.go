package output

import "strings"

// Asked is the format that a command line asks for, also if it cannot be understood otherwise: with a wrong flag, cobra has looked at nothing
// behind it. The last -o counts; without one, there is "".
func Asked(args []string) Format {
	var asked Format
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, found := outputValue(arg, args[i+1:]); found {
			asked = Format(value)
		}
	}
	return asked
}

// outputValue is what the argument sets -o to; the value may be the next argument.
func outputValue(arg string, rest []string) (string, bool) {
	if arg == "-o" || arg == "--output" {
		if len(rest) == 0 {
			return "", false
		}
		return rest[0], true
	}
	if value, found := strings.CutPrefix(arg, "--output="); found {
		return value, true
	}
	if value, found := strings.CutPrefix(arg, "-o"); found {
		return strings.TrimPrefix(value, "="), true
	}
	return "", false
}
