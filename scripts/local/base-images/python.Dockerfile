# Stands in for python:3.11-slim-bookworm of Docker Hub; python.tar is made by mmdebstrap (baseImages.ts).
FROM scratch
ADD python.tar /
# As there: `python` and `pip` exist, and pip may install into the system.
RUN ln -s /usr/bin/python3 /usr/local/bin/python && ln -s /usr/bin/python3 /usr/local/bin/python3 \
    && rm /usr/lib/python3.11/EXTERNALLY-MANAGED
ENV LANG=C.UTF-8
CMD ["python3"]
