package infisical

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// answerLimit bounds what is read of an answer, in bytes. A project's secrets are far below it.
const answerLimit = 32 << 20

// userAgent names the program in the server's log.
const userAgent = "kubectl-eso-infisical"

// call is one request and what is expected of it.
type call struct {
	// op names the attempt in errors.
	op           string
	method, path string
	query        url.Values
	// token goes into the Authorization header, where it is not empty.
	token string
	// in is sent as JSON, and the JSON answer decoded into out, where they are not nil.
	in, out any
	repeat  repeat
	// hidden are the values of in that no error may show, even if the server repeats them.
	hidden []string
}

// do carries the call out, trying again where that is allowed and may help.
func (c *Client) do(ctx context.Context, k call) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for tries := 1; ; tries++ {
		f := c.try(ctx, k)
		if f.err == nil || tries == maxTries || !k.repeat.again(f) {
			return f.err
		}
		pause, bearable := f.pause(tries)
		if !bearable || !c.sleep(ctx, pause) {
			return f.err
		}
	}
}

// try sends the call once.
func (c *Client) try(ctx context.Context, k call) failure {
	req, err := c.request(ctx, k)
	if err != nil {
		return failure{err: fmt.Errorf("%s: %w", k.op, err), status: -1}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return failure{err: c.unreachable(ctx, k.op, err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return failure{err: &UnreachableError{Op: k.op, Host: c.base.Host, Err: fmt.Errorf("read the answer: %w", err)}}
	}
	if refused := refusal(k.op, req, resp, body); refused != nil {
		refused.hide(append(k.hidden, k.token))
		return failure{err: refused, status: resp.StatusCode, header: resp.Header}
	}
	if k.out == nil {
		return failure{}
	}
	if err := json.Unmarshal(body, k.out); err != nil {
		// The body may hold secrets, so the decoder's own text, which can quote it, is left out.
		return failure{err: fmt.Errorf("%s: the answer is JSON, but not Infisical's; check the address (--host)", k.op), status: resp.StatusCode}
	}
	return failure{}
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader
	if k.in != nil {
		data, err := json.Marshal(k.in)
		if err != nil {
			return nil, errors.New("encode the request")
		}
		body = bytes.NewReader(data)
	}
	u := c.base.JoinPath(k.path)
	u.RawQuery = k.query.Encode()
	req, err := http.NewRequestWithContext(ctx, k.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if k.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.token != "" {
		req.Header.Set("Authorization", "Bearer "+k.token)
	}
	return req, nil
}
