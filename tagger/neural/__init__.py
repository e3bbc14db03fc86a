"""Networks that are trained with torch and run with ONNX Runtime."""
