package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// recording answers as the API server has answered the same request before, each time after a while. So any number of clusters can stand side
// by side, and none of them takes the machine's time from what is measured.
type recording struct {
	forward http.Handler
	while   time.Duration

	mu      sync.Mutex
	answers map[string]*answer
}

// answer is one of the API server's. It is a http.ResponseWriter to whoever writes it first.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func newRecording(config *rest.Config, while time.Duration) (*recording, error) {
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	forward := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	return &recording{forward: forward, while: while, answers: map[string]*answer{}}, nil
}

// listen makes one more address at which the recording answers.
func (r *recording) listen() (address string, end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: r}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

func (r *recording) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	known, err := r.answer(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	time.Sleep(r.while)
	for name, values := range known.header {
		w.Header()[name] = values
	}
	w.WriteHeader(known.code)
	_, _ = w.Write(known.body.Bytes())
}

func (r *recording) answer(request *http.Request) (*answer, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	key := request.Method + " " + request.URL.String() + " " + request.Header.Get("Accept") + " " + string(body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.answers[key]; known != nil {
		return known, nil
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	fresh := &answer{header: http.Header{}, code: http.StatusOK}
	r.forward.ServeHTTP(fresh, request)
	r.answers[key] = fresh
	return fresh, nil
}
