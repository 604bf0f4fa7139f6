"""The student's side of the service: test in a notebook, submit, follow, read the report"""
