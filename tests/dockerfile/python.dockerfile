FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc \
 && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
ADD https://example.com/model.bin /models/
ENV API_TOKEN=changeme
CMD gunicorn app:app
