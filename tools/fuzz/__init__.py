"""``make fuzz``: every decoder gets bytes that nobody wrote.

Whatever comes over a wire, a decoder answers within a bound of time and memory, with a result or its own error.
Hypothesis makes the inputs, out of valid ones and out of nothing, and shortens what is found.
"""
