-- The part of the Jarvis database that the chat reads, for use on one's own machine and in tests.
-- The real Jarvis is not ours: nothing here is ever run against it but, by its administrators,
-- the account at the end. Running it again changes nothing.

CREATE DATABASE IF NOT EXISTS jarvis CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS jarvis.assignment_customer (
    id          INT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email       VARCHAR(254) NOT NULL,
    name        VARCHAR(255) NOT NULL,
    cognito_sub VARCHAR(255) NOT NULL,
    KEY assignment_customer_cognito_sub (cognito_sub)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS jarvis.dentist_dentist (
    id    INT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(254) NOT NULL,
    name  VARCHAR(255) NOT NULL,
    KEY dentist_dentist_email (email)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Locked until its password is set: ALTER USER 'chat_service'@'%' IDENTIFIED BY '…' ACCOUNT UNLOCK
CREATE USER IF NOT EXISTS 'chat_service'@'%' ACCOUNT LOCK;
GRANT SELECT ON jarvis.assignment_customer TO 'chat_service'@'%';
GRANT SELECT ON jarvis.dentist_dentist TO 'chat_service'@'%';
