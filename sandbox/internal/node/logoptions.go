package node

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// logOptions reads the options of a request for logs as the API server passes them on.
func logOptions(query url.Values) (*corev1.PodLogOptions, error) {
	options := &corev1.PodLogOptions{}
	for name, target := range map[string]*bool{"follow": &options.Follow, "previous": &options.Previous, "timestamps": &options.Timestamps} {
		if err := parse(query, name, strconv.ParseBool, func(value bool) { *target = value }); err != nil {
			return nil, err
		}
	}
	for name, target := range map[string]**int64{"tailLines": &options.TailLines, "limitBytes": &options.LimitBytes, "sinceSeconds": &options.SinceSeconds} {
		if err := parse(query, name, notNegative, func(value int64) { *target = &value }); err != nil {
			return nil, err
		}
	}
	readTime := func(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }
	err := parse(query, "sinceTime", readTime, func(value time.Time) { options.SinceTime = &metav1.Time{Time: value} })
	return options, err
}

func parse[Value any](query url.Values, name string, read func(string) (Value, error), keep func(Value)) error {
	text := query.Get(name)
	if text == "" {
		return nil
	}
	value, err := read(text)
	if err != nil {
		return fmt.Errorf("read log option %s: %w", name, err)
	}
	keep(value)
	return nil
}

func notNegative(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err == nil && value < 0 {
		err = fmt.Errorf("%d is negative", value)
	}
	return value, err
}
